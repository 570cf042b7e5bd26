using System.Diagnostics;
using System.Text.Json;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Tests.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Persistence;
using Orleans.TestingHost;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Tests.Clusters;

/// <summary>Silos of this process over one store, with the grains as the product's host adds them.</summary>
public sealed class LeptonCluster : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly InProcessTestCluster _cluster;

    private LeptonCluster(InProcessTestCluster cluster) => _cluster = cluster;

    public IGrainFactory Grains => _cluster.Client;

    public IReadOnlyList<IServiceProvider> Silos => [.. _cluster.Silos.Select(s => s.ServiceProvider)];

    public static Task<LeptonCluster> StartAsync(Func<ConnectionMultiplexer> connect, StoreKind kind, short silos, params (string Key, string Value)[] settings) =>
        StartAsync(connect, kind, silos, static _ => { }, settings);

    /// <param name="connect">Makes a silo's connection to the store.</param>
    /// <param name="kind">The store.</param>
    /// <param name="silos">How many.</param>
    /// <param name="replace">Adds what a silo shall use instead of its own, such as a clock.</param>
    /// <param name="settings">Further settings.</param>
    public static async Task<LeptonCluster> StartAsync(
        Func<ConnectionMultiplexer> connect, StoreKind kind, short silos, Action<ISiloBuilder> replace, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Lepton:Training:Automatic", "false"), new("Lepton:Repair:Automatic", "false")])
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create<string, string?>(s.Key, s.Value)))
            .Build();
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<IConnectionMultiplexer>(_ => connect());
            silo.Services.AddSingleton(StoreServer.DurabilityOf(kind));
            silo.AddRedisGrainStorage(LeptonGrainsExtensions.StorageName, (OptionsBuilder<RedisStorageOptions> options) => options.Configure<IConnectionMultiplexer>((redis, multiplexer) =>
            {
                redis.ConfigurationOptions = new ConfigurationOptions();
                redis.CreateMultiplexer = _ => Task.FromResult((multiplexer, IsShared: true));
                redis.GetStorageKey = (grainType, grainId) => $"lepton:{{g:{grainId.Key}}}:{grainType}";
            }));
            replace(silo);
            silo.Services.AddLeptonGrains(configuration);
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new LeptonCluster(cluster);
    }

    /// <summary>Waits for a condition that the cluster reaches by itself.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> condition, string what, TimeSpan? within = null)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < (within ?? Deadline), $"Not within {(within ?? Deadline).TotalSeconds} s: {what}.");
            await Task.Delay(20);
        }
    }

    public T Service<T>(int silo = 0)
        where T : notnull => Silos[silo].GetRequiredService<T>();

    public Task DeactivateAsync(IAddressable grain) => _cluster.DeactivateAsync(grain);

    /// <summary>Ends a silo as a crash does: nothing is handed over or flushed.</summary>
    public Task KillSiloAsync(int silo) => _cluster.KillSiloAsync(_cluster.Silos[silo]);

    public Task AddSiloAsync() => _cluster.StartAdditionalSiloAsync();

    /// <summary>The silo that a grain is active on, or -1.</summary>
    public int SiloOf(IAddressable grain) =>
        _cluster.TryGetGrainContext(grain.GetGrainId(), out var context) ? _cluster.Silos.ToList().FindIndex(s => s.SiloAddress.Equals(context.Address.SiloAddress)) : -1;

    public IUserGrain User(string tenant, string id) => Grains.GetGrain<IUserGrain>(LeptonKey.For(tenant, id));

    public IItemGrain Item(string tenant, string id) => Grains.GetGrain<IItemGrain>(LeptonKey.For(tenant, id));

    public IRecommendationGrain Lists(string tenant, string id) => Grains.GetGrain<IRecommendationGrain>(LeptonKey.For(tenant, id));

    public Task<int> RecordAsync(string tenant, string user, string type, string item, DateTime? time = null, double value = 0, bool overwrite = false) =>
        User(tenant, user).RecordAsync(new FeedbackBatch
        {
            Rows = [new Feedback { FeedbackType = type, UserId = user, ItemId = item, Timestamp = time, Value = value }],
            Overwrite = overwrite,
        });

    public async Task<string[]> ListAsync(string tenant, string user, string? category = null, int count = 100) =>
        JsonSerializer.Deserialize<string[]>((await Lists(tenant, user).RecommendJsonAsync(new RecommendRequest { Count = count, Category = category }, scored: false)).Utf8Json.Span)!;

    public async Task<IReadOnlyList<Feedback>> FeedbackOfAsync(string tenant, string user) =>
        (await User(tenant, user).GetFeedbackAsync(new FeedbackQuery())).Entries;

    public async ValueTask DisposeAsync()
    {
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
    }
}
