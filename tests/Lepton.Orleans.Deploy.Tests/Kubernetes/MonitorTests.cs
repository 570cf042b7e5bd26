using System.Text.Json.Nodes;
using Lepton.Orleans.Deploy.Tests.Files;
using Lepton.Orleans.Deploy.Tests.Settings;
using Microsoft.AspNetCore.Routing;

namespace Lepton.Orleans.Deploy.Tests.Kubernetes;

/// <summary>What the Prometheus operator is told, against what there is to scrape.</summary>
public sealed class MonitorTests(Composition composition) : IClassFixture<Composition>
{
    // Where the runbook takes the monitor's entry out of the Secret, the operator refuses the monitor and every metric is gone.
    [Fact]
    public void The_runbook_rotates_the_monitor_s_key_without_taking_its_entry_away()
    {
        var runbook = Repository.Read("docs/operations.md");
        var key = Key();

        Assert.Contains($"\"{key}\": \"NEW\"", runbook, StringComparison.Ordinal);
        Assert.DoesNotContain($"\"{key}\": null", runbook, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_monitor_scrapes_the_pods_of_every_overlay_at_an_endpoint_that_there_is_with_a_key_for_that_alone()
    {
        var endpoint = Endpoint();
        var routes = ((IEndpointRouteBuilder)composition.Host).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().Select(e => e.RoutePattern.RawText);
        Assert.Contains(endpoint["path"]!.GetValue<string>(), routes);

        foreach (var overlay in ManifestTests.Overlays)
        {
            Assert.All((await Rendering.OfAsync(overlay)).Silos, silos => Assert.Contains(endpoint["port"]!.GetValue<string>(), silos.Ports.Keys));
        }

        // The rules ask for this job by its name.
        Assert.Contains(endpoint["relabelings"]!.AsArray(), relabeling => (relabeling!["targetLabel"]!.GetValue<string>(), relabeling["replacement"]?.GetValue<string>()) == ("job", "lepton"));
        var secret = Repository.Read("deploy/kubernetes/secret.example.env");
        var key = Key();
        Assert.Contains($"{key}=", secret, StringComparison.Ordinal);
        Assert.Contains($"{key.Replace("__Key", "__Role", StringComparison.Ordinal)}=metrics", secret, StringComparison.Ordinal);
    }

    private static JsonNode Endpoint() => Assert.Single(
        YamlFile.Parse(Repository.Read("deploy/kubernetes/components/prometheus/pod-monitor.yaml")).Single()["spec"]!["podMetricsEndpoints"]!.AsArray())!;

    private static string Key() => Endpoint()["authorization"]!["credentials"]!["key"]!.GetValue<string>();
}
