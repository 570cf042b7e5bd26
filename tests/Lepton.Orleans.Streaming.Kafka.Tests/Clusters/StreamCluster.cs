using Lepton.Orleans.ClusterTests.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Providers.Streams.Common;
using Orleans.Streams;
using Orleans.TestingHost;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Clusters;

/// <summary>Silos and a client of this process, with streams on a broker.</summary>
public sealed class StreamCluster : IAsyncDisposable
{
    public const string Provider = "kafka";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly InProcessTestCluster _cluster;

    private StreamCluster(InProcessTestCluster cluster) => _cluster = cluster;

    public IReadOnlyList<InProcessSiloHandle> Silos => [.. _cluster.Silos];

    public IGrainFactory Grains => _cluster.Client;

    public static async Task<StreamCluster> StartAsync(short silos, Action<KafkaStreamOptions> configure, bool json = false, TimeSpan? maxDelivery = null)
    {
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddMemoryGrainStorage("PubSubStore");
            silo.AddKafkaStreams(Provider, (SiloKafkaStreamConfigurator configurator) =>
            {
                configurator.ConfigureKafka(options => options.Configure(configure)).ReportDeliveryErrors();
                configurator.ConfigurePullingAgent(agents => agents.Configure(options => options.MaxEventDeliveryTime = maxDelivery ?? options.MaxEventDeliveryTime));
                if (json)
                {
                    configurator.UseJson();
                }
            });
        });
        builder.ConfigureClient(client => client.AddKafkaStreams(Provider, (ClusterClientKafkaStreamConfigurator configurator) =>
        {
            configurator.ConfigureKafka(options => options.Configure(configure));
            if (json)
            {
                configurator.UseJson();
            }
        }));
        builder.ConfigureHost(host => host.Logging.SetMinimumLevel(LogLevel.Warning));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new StreamCluster(cluster);
    }

    public IAsyncStream<T> Stream<T>(string topic, string key) =>
        _cluster.Client.ServiceProvider.GetRequiredKeyedService<IStreamProvider>(Provider).GetStream<T>(StreamId.Create(topic, key));

    public Task AddSiloAsync() => _cluster.StartAdditionalSiloAsync();

    public Task StopSiloAsync(InProcessSiloHandle silo) => _cluster.StopSiloAsync(silo);

    public Task KillSiloAsync(InProcessSiloHandle silo) => _cluster.KillSiloAsync(silo);

    /// <summary>Waits until every silo reads some of so many partitions.</summary>
    public Task SharedAsync(int partitions) => Eventually.TrueAsync(
        async token =>
        {
            var agents = (await _cluster.Client.GetGrain<IManagementGrain>(0).SendControlCommandToProvider<PersistentStreamProvider>(
                Provider, (int)PersistentStreamProviderCommand.GetNumberRunningAgents, null, token)).Cast<int>().ToList();
            return agents.Count == _cluster.Silos.Count && agents.Sum() == partitions && agents.TrueForAll(count => count > 0);
        },
        "the partitions must be handed over",
        Deadline,
        TestContext.Current.CancellationToken);

    /// <summary>Waits for a condition that the cluster reaches by itself.</summary>
    public static Task EventuallyAsync(Func<bool> condition, string what) =>
        Eventually.TrueAsync(_ => Task.FromResult(condition()), what, Deadline, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();
}
