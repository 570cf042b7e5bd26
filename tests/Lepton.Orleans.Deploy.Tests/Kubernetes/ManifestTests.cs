using System.Globalization;
using System.Text.Json.Nodes;
using Lepton.Orleans.Deploy.Tests.Files;
using Lepton.Orleans.Deploy.Tests.Settings;
using Lepton.Orleans.Grains.Roles;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;
using Orleans.Configuration;

namespace Lepton.Orleans.Deploy.Tests.Kubernetes;

/// <summary>What manifests say of the service, against what the service says of itself.</summary>
public sealed class ManifestTests(Composition composition) : IClassFixture<Composition>
{
    public static TheoryData<string> Overlays => ["single", "cluster", "split", "production", "cluster+consul-on-node", "split+consul-on-node"];

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Every_setting_is_one_that_the_code_reads(string overlay)
    {
        var rendering = await Rendering.OfAsync(overlay);
        var secret = Repository.Read("deploy/kubernetes/secret.example.env").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith('#')).Select(line => line.Split('=')[0]);
        var names = rendering.Silos.SelectMany(silos => silos.Settings.Keys).Concat(Dockerfile.Read().Environment.Keys).Concat(secret).Distinct();

        Assert.All(names, name => Assert.True(
            SettingNames.Knows(name),
            $"{name} is set in {overlay}, in the image or in the Secret's example, and nothing reads it"));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Container_ports_are_where_the_service_listens(string overlay)
    {
        foreach (var silos in (await Rendering.OfAsync(overlay)).Silos)
        {
            var settings = new Dictionary<string, string>(Dockerfile.Read().Environment);
            foreach (var (name, value) in silos.Settings)
            {
                settings[name] = value;
            }

            Assert.Equal(BindingAddress.Parse(settings["ASPNETCORE_URLS"]).Port, silos.Ports["http"]);
            Assert.Equal(Setting("Orleans__Endpoints__SiloPort", EndpointOptions.DEFAULT_SILO_PORT), silos.Ports["silo"]);
            Assert.Equal(Setting("Orleans__Endpoints__GatewayPort", EndpointOptions.DEFAULT_GATEWAY_PORT), silos.Ports["gateway"]);

            int Setting(string name, int otherwise) => settings.TryGetValue(name, out var value) ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Probes_ask_endpoints_that_there_are(string overlay)
    {
        var routes = ((IEndpointRouteBuilder)composition.Host).DataSources.SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>().Select(endpoint => endpoint.RoutePattern.RawText).ToHashSet();

        foreach (var silos in (await Rendering.OfAsync(overlay)).Silos)
        {
            Assert.All(["startupProbe", "livenessProbe", "readinessProbe"], probe =>
            {
                Assert.Contains(silos.Container.Text($"{probe}/httpGet/path"), routes);
                Assert.Contains(silos.Container.Text($"{probe}/httpGet/port"), silos.Ports.Keys);
            });

            // A pod whose store is away is not restarted for it; it only gets no requests.
            Assert.EndsWith("/live", silos.Container.Text("livenessProbe/httpGet/path"), StringComparison.Ordinal);
            Assert.EndsWith("/live", silos.Container.Text("startupProbe/httpGet/path"), StringComparison.Ordinal);
            Assert.EndsWith("/ready", silos.Container.Text("readinessProbe/httpGet/path"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task A_pod_has_the_time_that_the_host_takes_to_leave(string overlay)
    {
        var shutdown = composition.Host.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;
        foreach (var silos in (await Rendering.OfAsync(overlay)).Silos)
        {
            var drain = silos.Container.Number("lifecycle/preStop/sleep/seconds");
            var unready = silos.Container.Number("readinessProbe/periodSeconds") * silos.Container.Number("readinessProbe/failureThreshold");

            Assert.InRange(drain, unready, 30);
            Assert.InRange(silos.Pod.Number("terminationGracePeriodSeconds"), drain + shutdown.TotalSeconds + 5, 300);
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Pods_run_as_the_image_s_user_and_can_write_to_volumes_alone(string overlay)
    {
        var image = Dockerfile.Read();
        foreach (var silos in (await Rendering.OfAsync(overlay)).Silos)
        {
            Assert.Equal(image["USER"], $"{silos.Pod.Text("securityContext/runAsUser")}:{silos.Pod.Text("securityContext/runAsGroup")}");
            Assert.Equal("true", silos.Pod.Text("securityContext/runAsNonRoot"));
            Assert.Equal("true", silos.Container.Text("securityContext/readOnlyRootFilesystem"));
            Assert.Equal("false", silos.Container.Text("securityContext/allowPrivilegeEscalation"));
            Assert.Equal("ALL", silos.Container.Text("securityContext/capabilities/drop/0"));
            Assert.Equal("false", silos.Pod.Text("automountServiceAccountToken"));
            Assert.NotNull(silos.Container.At("resources/requests/cpu"));
            Assert.NotNull(silos.Container.At("resources/limits/memory"));
        }
    }

    [Fact]
    public async Task The_embedded_store_of_a_single_pod_is_on_its_volume()
    {
        var silo = Assert.Single((await Rendering.OfAsync("single")).Silos);
        var mount = silo.Container.List("volumeMounts").Single(mount => mount.Text("mountPath") == silo.Settings["Lepton__DataDirectory"]);
        var volume = silo.Pod.List("volumes").Single(volume => volume.Text("name") == mount.Text("name"));

        Assert.Equal("lepton-data", volume.Text("persistentVolumeClaim/claimName"));
        Assert.Equal("1", silo.Deployment.Text("spec/replicas"));
        Assert.Equal("Recreate", silo.Deployment.Text("spec/strategy/type"));
        Assert.Equal(Dockerfile.Read()["VOLUME"], Dockerfile.Read().Environment["Lepton__DataDirectory"]);
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Selectors_find_the_pods_that_they_are_for(string overlay)
    {
        var rendering = await Rendering.OfAsync(overlay);
        foreach (var silos in rendering.Silos)
        {
            Assert.Equal([silos.Name], rendering.Silos.Where(other => Silos.Selects(silos.Deployment.At("spec/selector/matchLabels"), other.Labels)).Select(other => other.Name));
        }

        foreach (var service in rendering.All("Service"))
        {
            var served = rendering.Silos.Where(silos => Silos.Selects(service.At("spec/selector"), silos.Labels)).ToList();
            Assert.NotEmpty(served);
            Assert.All(service.List("spec", "ports"), port => Assert.All(served, silos => Assert.Contains(port.Text("targetPort"), silos.Ports.Keys)));
        }

        foreach (var budget in rendering.All("PodDisruptionBudget"))
        {
            Assert.Equal(budget.Text("metadata/name"), Assert.Single(rendering.Silos, silos => Silos.Selects(budget.At("spec/selector/matchLabels"), silos.Labels)).Name);
        }

        foreach (var autoscaler in rendering.All("HorizontalPodAutoscaler"))
        {
            var target = Assert.Single(rendering.Silos, silos => silos.Name == autoscaler.Text("spec/scaleTargetRef/name"));
            Assert.Null(target.Deployment["spec"]!["replicas"]);
        }

        foreach (var silos in rendering.Silos)
        {
            // Each kind of silo is spread by itself: over zones, and over nodes.
            var constraints = silos.Pod.List("topologySpreadConstraints").ToList();
            Assert.Equal(["topology.kubernetes.io/zone", "kubernetes.io/hostname"], constraints.Select(constraint => constraint.Text("topologyKey")));
            Assert.All(constraints, constraint => Assert.Equal(
                [silos.Name], rendering.Silos.Where(other => Silos.Selects(constraint.At("labelSelector/matchLabels"), other.Labels)).Select(other => other.Name)));
        }

        var policy = Assert.Single(rendering.All("NetworkPolicy"));
        Assert.All(rendering.Silos, silos => Assert.True(Silos.Selects(policy.At("spec/podSelector/matchLabels"), silos.Labels)));
        Assert.Equal(rendering.Silos[0].Ports.Keys.Order(), policy.List("spec", "ingress").SelectMany(rule => rule.List("ports")).Select(port => port.Text("port")).Distinct().Order());
    }

    // To split is to apply one beside the other and to take the other away, and so is to merge.
    [Fact]
    public async Task Cluster_and_split_run_beside_each_other_and_neither_takes_anything_from_the_other()
    {
        var (cluster, split) = (await Rendering.OfAsync("cluster"), await Rendering.OfAsync("split"));
        var (inCluster, inSplit) = (cluster.Resources, split.Resources);
        List<Silos> all = [.. cluster.Silos, .. split.Silos];

        // What is of both is the same, so that applying the second changes nothing; the rest is what the runbook deletes.
        Assert.All(inCluster.Keys.Intersect(inSplit.Keys), name => Assert.True(JsonNode.DeepEquals(inCluster[name], inSplit[name]), $"{name} differs"));
        Assert.Equal(["Deployment lepton", "HorizontalPodAutoscaler lepton", "PodDisruptionBudget lepton"], inCluster.Keys.Except(inSplit.Keys).Order(StringComparer.Ordinal));
        Assert.All(inSplit.Keys.Except(inCluster.Keys), name => Assert.NotEqual("all", inSplit[name].At("metadata/labels").Map()["app.kubernetes.io/component"]));

        // The API is behind one Service all the while: before, meanwhile and after.
        var api = inCluster["Service lepton"].At("spec/selector");
        Assert.Equal(["lepton", "lepton-api"], all.Where(silos => Silos.Selects(api, silos.Labels)).Select(silos => silos.Name));

        // A pod with two budgets cannot be evicted, and an autoscaler goes by the pods that its Deployment selects.
        var selectors = all.Select(silos => silos.Deployment).Concat(cluster.All("PodDisruptionBudget")).Concat(split.All("PodDisruptionBudget")).ToList();
        Assert.All(selectors, resource => Assert.Equal(
            [resource.Text("metadata/name")],
            all.Where(silos => Silos.Selects(resource.At("spec/selector/matchLabels"), silos.Labels)).Select(silos => silos.Name)));
    }

    [Theory]
    [InlineData("cluster")]
    [InlineData("split")]
    public async Task Silos_may_reach_the_servers_that_their_settings_name_and_development_runs(string overlay)
    {
        var rendering = await Rendering.OfAsync(overlay);
        var open = OpenPorts(rendering);
        var servers = YamlFile.Parse(await Command.RunAsync("kubectl", ["kustomize", "deploy/kubernetes/servers/development"], TestContext.Current.CancellationToken))
            .Where(resource => resource.Text("kind") == "Service")
            .Select(service => $"{service.Text("metadata/name")}:{service.Text("spec/ports/0/port")}").ToHashSet();

        foreach (var silos in rendering.Silos)
        {
            var addresses = new[] { silos.Settings["Lepton__Consul"].Replace("http://", "", StringComparison.Ordinal), silos.Settings["Lepton__Redis"], silos.Settings["Lepton__Kafka"] };
            Assert.All(addresses, address => Assert.Contains(address, servers));
            Assert.All(addresses, address => Assert.Contains(address.Split(':')[1], open));
        }
    }

    // Where the address of its Consul is made of the node's, that is known before.
    [Theory]
    [InlineData("production")]
    [InlineData("cluster+consul-on-node")]
    [InlineData("split+consul-on-node")]
    public async Task Silos_speak_with_the_Consul_agent_of_their_node(string overlay)
    {
        foreach (var silos in (await Rendering.OfAsync(overlay)).Silos)
        {
            var variables = silos.Container.List("env").ToList();
            var node = Assert.Single(variables, variable => variable["valueFrom"] is { } source && source.Text("fieldRef/fieldPath") == "status.hostIP");
            var consul = Assert.Single(variables, variable => variable.Text("name") == "Lepton__Consul");

            Assert.Equal($"http://$({node.Text("name")}):8500", consul.Text("value"));
            Assert.True(variables.IndexOf(node) < variables.IndexOf(consul), "a variable knows those that were there before it");
        }
    }

    [Fact]
    public async Task Production_names_the_servers_as_their_operators_do_and_is_watched()
    {
        var production = await Rendering.OfAsync("production");
        var settings = Assert.Single(production.Silos).Settings;
        var (redis, kafka) = (Server("redis", "Redis"), Server("kafka", "Kafka"));

        Assert.Equal($"{redis.Text("metadata/name")}:6379", settings["Lepton__Redis"]);
        Assert.Equal($"{kafka.Text("metadata/name")}-kafka-bootstrap:{kafka.Text("spec/kafka/listeners/0/port")}", settings["Lepton__Kafka"]);
        Assert.Subset(OpenPorts(production), new HashSet<string> { settings["Lepton__Redis"].Split(':')[1], settings["Lepton__Kafka"].Split(':')[1] });
        Assert.Single(production.All("PodMonitor"));
        Assert.Single(production.All("PrometheusRule"));

        static JsonNode Server(string file, string kind) =>
            YamlFile.Parse(Repository.Read($"deploy/kubernetes/servers/production/{file}.yaml")).Single(resource => resource.Text("kind") == kind);
    }

    // What a policy drops is told nobody: a setting that may be made has to reach what it names.
    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Silos_may_reach_a_collector_by_each_protocol_and_a_Consul_with_certificates(string overlay)
    {
        var open = OpenPorts(await Rendering.OfAsync(overlay));
        var collectors = Enum.GetValues<OtlpExportProtocol>().Select(protocol => new OtlpExporterOptions { Protocol = protocol }.Endpoint.Port).Distinct().ToList();

        Assert.Equal(2, collectors.Count);
        Assert.Subset(open, collectors.Append(8501).Select(port => port.ToString(CultureInfo.InvariantCulture)).ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Front_ends_of_any_namespace_may_be_clients(string overlay)
    {
        var policy = (await Rendering.OfAsync(overlay)).All("NetworkPolicy").Single();
        var clients = policy.List("spec", "ingress").SelectMany(rule => rule.List("from"))
            .Single(peer => peer.At("podSelector/matchLabels").Map().ContainsKey("lepton/client"));

        Assert.Empty(clients.At("namespaceSelector").Map());
    }

    // Where a metric is missing an autoscaler never scales down: so what a cluster may not have is asked for where it is brought.
    [Theory]
    [InlineData("cluster", "")]
    [InlineData("split", "")]
    [InlineData("production", "lepton")]
    [InlineData("split+request-rate", "lepton-api")]
    public async Task Requests_are_gone_by_where_there_is_a_Prometheus_and_by_silos_that_get_any(string overlay, string expected) => Assert.Equal(
        expected.Split(',', StringSplitOptions.RemoveEmptyEntries),
        (await Rendering.OfAsync(overlay)).All("HorizontalPodAutoscaler")
            .Where(autoscaler => autoscaler.List("spec", "metrics").Any(metric => metric.Text("type") == "Pods")).Select(autoscaler => autoscaler.Text("metadata/name")));

    [Theory]
    [InlineData("cluster")]
    [InlineData("split")]
    [InlineData("production")]
    [InlineData("split+request-rate")]
    public async Task Silos_are_added_at_once_and_taken_away_one_by_one_each_in_its_own_time(string overlay)
    {
        var rendering = await Rendering.OfAsync(overlay);
        var adapter = Repository.Read("deploy/kubernetes/servers/production/prometheus-adapter.yaml");
        foreach (var autoscaler in rendering.All("HorizontalPodAutoscaler"))
        {
            var silos = rendering.Silos.Single(silos => silos.Name == autoscaler.Text("spec/scaleTargetRef/name"));
            var down = Assert.Single(autoscaler.List("spec/behavior/scaleDown", "policies"));
            Assert.Equal("0", autoscaler.Text("spec/behavior/scaleUp/stabilizationWindowSeconds"));
            Assert.Equal(("Pods", "1"), (down.Text("type"), down.Text("value")));
            Assert.True(down.Number("periodSeconds") > silos.Pod.Number("terminationGracePeriodSeconds"), "one has left before the next one does");
            Assert.True(autoscaler.Number("spec/minReplicas") >= 2, "one may be away");
            Assert.Contains(autoscaler.List("spec", "metrics"), metric => metric["resource"]?.Text("name") == "cpu");
            Assert.All(
                autoscaler.List("spec", "metrics").Select(metric => metric["pods"]?.Text("metric/name")).OfType<string>(),
                metric => Assert.Contains(metric, adapter, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("split")]
    [InlineData("split+consul-on-node")]
    public async Task Split_hosts_every_role_once_and_front_ends_reach_those_that_answer_them(string overlay)
    {
        var rendering = await Rendering.OfAsync(overlay);

        // A role that nobody has would be missing in the whole cluster.
        Assert.Equal(RoleNames.All.Order(), rendering.Silos.SelectMany(silos => silos.Settings["Lepton__Roles"].Split(',')).Order());
        var api = rendering.All("Service").Single(service => service.Text("metadata/name") == "lepton");
        var served = rendering.Silos.Where(silos => Silos.Selects(api.At("spec/selector"), silos.Labels));
        Assert.Equal("api", Assert.Single(served).Settings["Lepton__Roles"]);
    }

    private static HashSet<string> OpenPorts(Rendering rendering) =>
        [.. rendering.All("NetworkPolicy").Single().List("spec", "egress").SelectMany(rule => rule.List("ports")).Select(port => port.Text("port"))];
}
