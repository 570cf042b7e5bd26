using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Lepton.Orleans.Deploy.Tests.Files;

namespace Lepton.Orleans.Deploy.Tests.Kubernetes;

/// <summary>What <c>kubectl apply</c> would send for one overlay, with or without components on top.</summary>
internal sealed class Rendering
{
    private static readonly ConcurrentDictionary<string, Rendering> Renderings = [];

    private readonly IReadOnlyList<JsonNode> _resources;

    private Rendering(IReadOnlyList<JsonNode> resources) => _resources = resources;

    /// <summary>Renders an overlay.</summary>
    /// <param name="overlay">Its name, or that of it and of components on top, as in <c>split+consul-on-node</c>.</param>
    public static async Task<Rendering> OfAsync(string overlay) => Renderings.TryGetValue(overlay, out var known)
        ? known
        : Renderings[overlay] = new Rendering(YamlFile.Parse(await Command.RunAsync(
            "kubectl", ["kustomize", await FolderOfAsync(overlay)], TestContext.Current.CancellationToken)));

    // Components are put on top in a folder of their own, as an operator does.
    private static async Task<string> FolderOfAsync(string overlay)
    {
        if (overlay.Split('+') is not [var below, .. { Length: > 0 } components])
        {
            return $"deploy/kubernetes/overlays/{overlay}";
        }

        const string Kubernetes = "../../../../deploy/kubernetes";
        var folder = $"artifacts/deploy/tests/{overlay}";
        Directory.CreateDirectory(Repository.PathOf(folder));
        await File.WriteAllTextAsync(
            Repository.PathOf($"{folder}/kustomization.yaml"),
            $"resources: [{Kubernetes}/overlays/{below}]\ncomponents: [{string.Join(", ", components.Select(component => $"{Kubernetes}/components/{component}"))}]\n",
            TestContext.Current.CancellationToken);
        return folder;
    }

    /// <summary>Every resource by its kind and name.</summary>
    public IReadOnlyDictionary<string, JsonNode> Resources =>
        _resources.ToDictionary(resource => $"{resource.Text("kind")} {resource.Text("metadata/name")}");

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
