using System.Globalization;
using System.Text.Json.Nodes;

namespace Lepton.Orleans.Deploy.Tests.Kubernetes;

/// <summary>A Deployment of silos and the settings that it gives them.</summary>
internal sealed record Silos(JsonNode Deployment, IReadOnlyDictionary<string, string> Settings)
{
    public string Name => Deployment.Text("metadata/name");

    public JsonNode Pod => Deployment.At("spec/template/spec");

    public JsonNode Container => Pod.At("containers/0");

    public IReadOnlyDictionary<string, string> Labels => Deployment.At("spec/template/metadata/labels").Map();

    public IReadOnlyDictionary<string, int> Ports => Container.List("ports").ToDictionary(port => port.Text("name"), port => port.Number("containerPort"));

    public static bool Selects(JsonNode selector, IReadOnlyDictionary<string, string> labels) =>
        selector.Map().All(wanted => labels.TryGetValue(wanted.Key, out var value) && value == wanted.Value);
}

/// <summary>Short ways into a document whose scalars are strings.</summary>
internal static class JsonNodeExtensions
{
    public static JsonNode At(this JsonNode node, string path) => path.Split('/').Aggregate(node, (at, step) =>
        (at is JsonArray array ? array[int.Parse(step, CultureInfo.InvariantCulture)] : at[step])
        ?? throw new InvalidOperationException($"There is no {path} in {node.ToJsonString()}"));

    public static string Text(this JsonNode node, string path) => node.At(path).GetValue<string>();

    public static int Number(this JsonNode node, string path) => int.Parse(node.Text(path), CultureInfo.InvariantCulture);

    public static IEnumerable<JsonNode> List(this JsonNode node, string name) => node[name]?.AsArray().OfType<JsonNode>() ?? [];

    public static IEnumerable<JsonNode> List(this JsonNode node, string path, string name) => node.At(path).List(name);

    public static IReadOnlyDictionary<string, string> Map(this JsonNode node) =>
        node.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.GetValue<string>());
}
