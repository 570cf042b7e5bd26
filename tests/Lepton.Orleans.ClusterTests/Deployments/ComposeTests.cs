using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Lepton.Orleans.ClusterTests.Faults;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Deployments;

/// <summary>
/// The processes of the compose file, started for real with its settings: all that differs is where they listen, because they
/// share one address here.
/// </summary>
public sealed class ComposeTests(ITestOutputHelper output) : FaultTest(output)
{
    private const string Key = "the-admin";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task The_compose_file_s_processes_serve_through_its_load_balancer_while_a_silo_leaves_and_comes_back()
    {
        var compose = ComposeFile.Read();
        var (haproxy, redisServer) = (Executable.FindOrSkip("haproxy"), Executable.FindOrSkip("redis-server"));
        var servers = ConsulProcess.ClusterOrSkip(3);
        var kafka = KafkaProcess.FindOrSkip([.. KafkaSettings(compose)]);
        var redis = new RedisProcess(redisServer, compose.ArgumentsOf("redis"));
        Task[] starting = [.. servers.Select(StartAsync), StartAsync(redis), StartAsync(kafka)];
        await Task.WhenAll(starting);
        var agent = await StartAsync(ConsulProcess.AgentOf(servers));
        Assert.Contains("-bootstrap-expect=3", compose.ArgumentsOf("consul-1"));

        var silos = Enumerable.Range(0, compose.Silos).Select(_ => new SiloProcess([.. SiloSettings(compose, agent, redis, kafka)])).ToArray();
        await Task.WhenAll(silos.Select(StartAsync));
        Array.ForEach(silos, silo => silo.Client.UseKey(Key));
        await Eventually.TrueAsync(async token => (await agent.PassingAsync("lepton", token)).Count == silos.Length, "Consul must list all silos", Deadline, Cancelled);
        var balancer = await StartAsync(new LoadBalancerProcess(haproxy, agent));
        using var client = new LeptonRestClient(balancer.Address);
        client.UseKey(Key);

        var failures = new ConcurrentQueue<Answer>();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var load = Task.WhenAll(Enumerable.Range(0, 3).Select(worker => LoadAsync(client, worker, failures, ending.Token)));
        foreach (var silo in silos)
        {
            await ServesAsync(silo);
        }

        // Feedback from Kafka, seen through the balancer.
        using (var feedback = new KafkaFeedback(kafka, new Ledger()))
        {
            await feedback.ProduceAsync("anna", JsonSerializer.SerializeToUtf8Bytes(new { FeedbackType = "like", ItemId = "film-7" }));
            await Eventually.TrueAsync(
                async token => (await client.FeedbackOfAsync("anna", token)).Any(row => row.ItemId == "film-7"), "what Kafka has must be there", Deadline, Cancelled);
        }

        Assert.Equal(0, await silos[0].StopAsync(Cancelled));
        await silos[0].StartAsync(Cancelled);
        await ServesAsync(silos[0]);
        await ending.CancelAsync();
        await load;
        Assert.Empty(failures);
    }

    private static Task ServesAsync(SiloProcess silo) => Eventually.TrueAsync(
        async token => await silo.Client.MetricAsync("lepton_feedback_received_total", token) > 0, "the balancer must send something to each silo", Deadline, Cancelled);

    // With names, so that it may be sent by anybody; and without a pause, so that something is always under way.
    private static async Task LoadAsync(LeptonRestClient client, int worker, ConcurrentQueue<Answer> failures, CancellationToken ending)
    {
        for (var i = 0; !ending.IsCancellationRequested; i++)
        {
            var user = string.Create(CultureInfo.InvariantCulture, $"u{worker}-{i % 20}");
            Answer[] answers =
            [
                await client.PostFeedbackAsync(
                    [new FeedbackRow { FeedbackType = "like", UserId = user, ItemId = string.Create(CultureInfo.InvariantCulture, $"film-{i % 50}") }], CancellationToken.None),
                await client.GetRecommendAnswerAsync(user, CancellationToken.None),
            ];
            foreach (var answer in answers.Where(answer => answer.Outcome != Outcome.Acknowledged))
            {
                failures.Enqueue(answer);
            }
        }
    }

    private static IEnumerable<(string Key, string Value)> SiloSettings(ComposeFile compose, ConsulProcess agent, RedisProcess redis, KafkaProcess kafka)
    {
        var addresses = new Dictionary<string, string>
        {
            ["http://consul:8500"] = agent.Url, ["redis:6379"] = redis.ConnectionString, ["kafka:9092"] = kafka.BootstrapServers,
        };
        var settings = compose.EnvironmentOf("silo", Key);
        Assert.All(addresses.Keys, address => Assert.Contains(address, settings.Values));
        return
        [
            .. settings.Select(setting => (setting.Key.Replace("__", ":", StringComparison.Ordinal), addresses.GetValueOrDefault(setting.Value, setting.Value))),
            ("Orleans:Endpoints:AdvertisedIPAddress", "127.0.0.1"),
        ];
    }

    // KAFKA_A_B is a.b, but for where it listens, keeps its data and what it is: kafka-server has its own of those.
    private static IEnumerable<string> KafkaSettings(ComposeFile compose) =>
        from setting in compose.EnvironmentOf("kafka")
        let name = setting.Key["KAFKA_".Length..].ToLowerInvariant().Replace('_', '.')
        where !name.StartsWith("listener", StringComparison.Ordinal) && !name.StartsWith("controller", StringComparison.Ordinal)
            && name is not ("node.id" or "process.roles" or "advertised.listeners" or "log.dirs" or "heap.opts")
        select $"{name}={setting.Value}";
}
