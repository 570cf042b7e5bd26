using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lepton.Orleans.Deploy.Tests.Files;
using Lepton.Orleans.Deploy.Tests.Kubernetes;
using Lepton.Orleans.Deploy.Tests.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Deploy.Tests.Compose;

/// <summary>What the compose file says of the service, against what the service says of itself.</summary>
public sealed partial class ComposeTests(Composition composition) : IClassFixture<Composition>
{
    private readonly JsonNode _file = YamlFile.Parse(Repository.Read("deploy/compose/compose.yaml"))[0];
    private readonly string _loadBalancer = Repository.Read("deploy/compose/haproxy/haproxy.cfg");

    private JsonNode Services => _file["services"]!;

    [Fact]
    public void Every_setting_is_one_that_the_code_reads() =>
        Assert.All(Services.At("silo/environment").Map().Keys, name => Assert.True(
            SettingNames.Knows(name), $"{name} is set and nothing reads it"));

    [Fact]
    public void Three_silos_reach_servers_that_there_are()
    {
        var settings = Services.At("silo/environment").Map();

        Assert.Equal(3, Services.Number("silo/deploy/replicas"));
        Assert.All(
            [settings["Lepton__Consul"].Replace("http://", "", StringComparison.Ordinal), settings["Lepton__Redis"], settings["Lepton__Kafka"]],
            address => Assert.Contains(address.Split(':')[0], Services.AsObject().Select(service => service.Key)));
    }

    [Fact]
    public void Prometheus_has_the_key_that_may_read_metrics_and_nothing_else()
    {
        var settings = Services.At("silo/environment").Map();
        var mounted = Services.Text("prometheus/secrets/0");
        var variable = _file.Text($"secrets/{mounted}/environment");
        var key = Assert.Single(settings, setting => setting.Value.StartsWith($"${{{variable}:", StringComparison.Ordinal)).Key;

        Assert.Equal("metrics", settings[key.Replace("__Key", "__Role", StringComparison.Ordinal)]);
        Assert.Contains($"credentials_file: /run/secrets/{mounted}", Repository.Read("deploy/compose/prometheus.yml"), StringComparison.Ordinal);
    }

    [Fact]
    public void Redis_writes_to_disk_before_it_answers_and_forgets_nothing()
    {
        var command = string.Join(' ', Services.At("redis/command").AsArray().Select(word => word!.GetValue<string>()));

        Assert.Contains("--appendonly yes --appendfsync always", command, StringComparison.Ordinal);
        Assert.Contains("--maxmemory-policy noeviction", command, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_has_the_time_that_the_host_takes_to_leave()
    {
        var shutdown = composition.Host.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;
        var grace = int.Parse(Services.Text("silo/stop_grace_period").TrimEnd('s'), CultureInfo.InvariantCulture);

        Assert.InRange(grace, shutdown.TotalSeconds + 5, 300);
    }

    [Fact]
    public void The_load_balancer_asks_for_the_service_that_silos_register_as()
    {
        var cluster = Services.Text("silo/environment/Orleans__ClusterId");
        var service = ServiceName().Match(_loadBalancer).Groups["name"].Value;

        Assert.Equal(cluster, service);
        Assert.Contains("option httpchk GET /api/health/ready", _loadBalancer, StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:8088:{ListeningPort().Match(_loadBalancer).Groups["port"].Value}", Services.At("load-balancer/ports").ToJsonString(), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"_(?<name>[a-z]+)\._tcp\.service\.consul")]
    private static partial Regex ServiceName();

    [GeneratedRegex(@"bind :(?<port>\d+)")]
    private static partial Regex ListeningPort();
}
