using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Lepton.Orleans.ClusterTests.Faults;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;
using YamlDotNet.Serialization;

namespace Lepton.Orleans.ClusterTests.Deployments;

/// <summary>What <c>docker compose up</c> starts, as processes: the compose file's own settings and its own load balancer.</summary>
public sealed partial class ComposeTests(ITestOutputHelper output) : FaultTest(output)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Three_silos_with_the_compose_file_s_settings_are_one_service_behind_its_load_balancer()
    {
        var consul = await StartAsync(ConsulProcess.FindOrSkip());
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        var kafka = await StartAsync(KafkaProcess.FindOrSkip());
        var service = Service();
        var settings = SettingsOf(service, new()
        {
            ["consul:8500"] = consul.Address.Authority, ["redis:6379"] = redis.ConnectionString, ["kafka:9092"] = kafka.BootstrapServers,
        });
        var silos = Enumerable.Range(0, int.Parse(service.GetProperty("deploy").GetProperty("replicas").GetString()!))
            .Select(_ => new SiloProcess([.. settings, ("Orleans:Endpoints:AdvertisedIPAddress", "127.0.0.1")])).ToList();
        await Task.WhenAll(silos.Select(StartAsync));
        var balancer = await StartAsync(HaproxyProcess.FindOrSkip(consul));
        using var client = new LeptonRestClient(balancer.Address);
        using var monitor = new LeptonRestClient(balancer.Address);
        await Eventually.TrueAsync(client.IsReadyAsync, "the load balancer must find a silo", Deadline, Cancelled);

        // Each key may do what the file says that it is for.
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAnswerAsync("api/users", Cancelled)).Status);
        client.UseKey("LEPTON_API_KEY");
        monitor.UseKey("LEPTON_METRICS_KEY");
        Assert.Equal(HttpStatusCode.OK, (await monitor.GetAnswerAsync("metrics", Cancelled)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await monitor.GetAnswerAsync("api/users", Cancelled)).Status);

        // The board's query of what goes between silos has a 0 instead where there is one silo: here it has to be a metric.
        await Eventually.TrueAsync(
            async token => await monitor.MetricAsync("orleans_messaging_sent_messages_size_bytes_count", token) > 0, "silos must have spoken", Deadline, Cancelled);

        // Redis keeps what is acknowledged, and Kafka what comes by it.
        var films = Enumerable.Range(0, 20).Select(i => new ItemRow($"film-{i}", "", [])).ToList();
        Assert.Equal(Outcome.Acknowledged, (await AnswerAsync(token => client.PostItemsAsync(films, token))).Outcome);
        Assert.Equal(Outcome.Acknowledged, (await AnswerAsync(token => client.PostFeedbackAsync([Like("film-1")], token))).Outcome);
        Assert.Equal(Outcome.Acknowledged, (await AnswerAsync(token => client.QueueFeedbackAsync([Like("film-2")], token))).Outcome);
        await Eventually.TrueAsync(
            async token => (await client.FeedbackOfAsync("anna", token)).Select(row => row.ItemId).Order(StringComparer.Ordinal).SequenceEqual(["film-1", "film-2"]),
            "both must be kept",
            Deadline,
            Cancelled);

        // One that leaves gets nothing any more, and none of its callers notices.
        var leaving = silos[0].StopAsync(Cancelled);
        while (!leaving.IsCompleted)
        {
            Assert.Equal(HttpStatusCode.OK, (await client.GetAnswerAsync("api/user/anna", Cancelled)).Status);
        }

        Assert.Equal(0, await leaving);
        Assert.Equal(2, (await consul.PassingAsync("lepton", Cancelled)).Count);
        Assert.Equal(Outcome.Acknowledged, (await AnswerAsync(token => client.PostFeedbackAsync([Like("film-3")], token))).Outcome);
        Assert.Equal(3, (await client.FeedbackOfAsync("anna", Cancelled)).Count);
    }

    private static FeedbackRow Like(string item) => new() { FeedbackType = "like", UserId = "anna", ItemId = item };

    private static JsonElement Service()
    {
        var file = new DeserializerBuilder().Build().Deserialize<object>(File.ReadAllText(Deployed.File("compose", "compose.yaml")));
        using var json = JsonDocument.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(file));
        return json.RootElement.GetProperty("services").GetProperty("silo").Clone();
    }

    // As a container gets them; what it names of its network is where the test has it, and a variable's value is its name.
    private static List<(string Key, string Value)> SettingsOf(JsonElement service, Dictionary<string, string> hosts)
    {
        var settings = service.GetProperty("environment").EnumerateObject()
            .Select(setting => (setting.Name.Replace("__", ":", StringComparison.Ordinal), Variable().Replace(setting.Value.GetString()!, "${name}"))).ToList();
        foreach (var (host, address) in hosts)
        {
            var at = settings.FindIndex(setting => setting.Item2.EndsWith(host, StringComparison.Ordinal));
            Assert.True(at >= 0, $"No silo is told of {host}.");
            settings[at] = (settings[at].Item1, settings[at].Item2.Replace(host, address, StringComparison.Ordinal));
        }

        return settings;
    }

    [GeneratedRegex(@"\$\{(?<name>\w+)[^}]*\}")]
    private static partial Regex Variable();
}
