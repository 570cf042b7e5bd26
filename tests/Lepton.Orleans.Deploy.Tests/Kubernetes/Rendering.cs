using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Lepton.Orleans.Deploy.Tests.Files;

namespace Lepton.Orleans.Deploy.Tests.Kubernetes;

/// <summary>What <c>kubectl apply</c> would send for one overlay.</summary>
internal sealed class Rendering
{
    private static readonly ConcurrentDictionary<string, Rendering> Renderings = [];

    private readonly IReadOnlyList<JsonNode> _resources;

    private Rendering(IReadOnlyList<JsonNode> resources) => _resources = resources;

    public static async Task<Rendering> OfAsync(string overlay) => Renderings.TryGetValue(overlay, out var known)
        ? known
        : Renderings[overlay] = new Rendering(YamlFile.Parse(await Command.RunAsync(
            "kubectl", ["kustomize", $"deploy/kubernetes/overlays/{overlay}"], TestContext.Current.CancellationToken)));

    public IReadOnlyList<JsonNode> All(string kind) => [.. _resources.Where(resource => resource.Text("kind") == kind)];

    public IReadOnlyList<Silos> Silos => [.. All("Deployment").Select(deployment => new Silos(deployment, SettingsOf(deployment)))];

    // As Kubernetes does: what a container says itself goes before what it takes from elsewhere. The Secret is not rendered.
    private Dictionary<string, string> SettingsOf(JsonNode deployment)
    {
        var container = deployment.At("spec/template/spec/containers/0");
        var settings = new Dictionary<string, string>();
        foreach (var name in container.List("envFrom").Select(source => source["configMapRef"]?.Text("name")).OfType<string>())
        {
            var map = All("ConfigMap").Single(map => map.Text("metadata/name") == name);
            foreach (var (key, value) in map["data"]!.AsObject())
            {
                settings[key] = value!.GetValue<string>();
            }
        }

        foreach (var variable in container.List("env").Where(variable => variable["value"] is not null))
        {
            settings[variable.Text("name")] = variable.Text("value");
        }

        return settings;
    }
}
