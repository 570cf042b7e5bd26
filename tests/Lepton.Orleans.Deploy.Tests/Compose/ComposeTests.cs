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
    private readonly JsonNode _services = YamlFile.Parse(Repository.Read("deploy/compose/compose.yaml"))[0]["services"]!;
    private readonly string _loadBalancer = Repository.Read("deploy/compose/haproxy/haproxy.cfg");

    [Fact]
    public void Every_setting_is_one_that_the_code_reads() =>
        Assert.All(_services.At("silo/environment").Map().Keys, name => Assert.True(
            SettingNames.Knows(name), $"{name} is set and nothing reads it"));

    [Fact]
    public void Three_silos_reach_servers_that_there_are()
    {
        var settings = _services.At("silo/environment").Map();

        Assert.Equal(3, _services.Number("silo/deploy/replicas"));
        Assert.All(
            [settings["Lepton__Consul"].Replace("http://", "", StringComparison.Ordinal), settings["Lepton__Redis"], settings["Lepton__Kafka"]],
            address => Assert.Contains(address.Split(':')[0], _services.AsObject().Select(service => service.Key)));
    }

    [Fact]
    public void Redis_writes_to_disk_before_it_answers_and_forgets_nothing()
    {
        var command = string.Join(' ', _services.At("redis/command").AsArray().Select(word => word!.GetValue<string>()));

        Assert.Contains("--appendonly yes --appendfsync always", command, StringComparison.Ordinal);
        Assert.Contains("--maxmemory-policy noeviction", command, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_has_the_time_that_the_host_takes_to_leave()
    {
        var shutdown = composition.Host.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;
        var grace = int.Parse(_services.Text("silo/stop_grace_period").TrimEnd('s'), CultureInfo.InvariantCulture);

        Assert.InRange(grace, shutdown.TotalSeconds + 5, 300);
    }

    [Fact]
    public void The_load_balancer_asks_for_the_service_that_silos_register_as()
    {
        var cluster = _services.Text("silo/environment/Orleans__ClusterId");
        var service = ServiceName().Match(_loadBalancer).Groups["name"].Value;

        Assert.Equal(cluster, service);
        Assert.Contains("option httpchk GET /api/health/ready", _loadBalancer, StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:8088:{ListeningPort().Match(_loadBalancer).Groups["port"].Value}", _services.At("load-balancer/ports").ToJsonString(), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"_(?<name>[a-z]+)\._tcp\.service\.consul")]
    private static partial Regex ServiceName();

    [GeneratedRegex(@"bind :(?<port>\d+)")]
    private static partial Regex ListeningPort();
}
