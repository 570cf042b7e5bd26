using System.Globalization;
using Lepton.Orleans.ClusterTests.Processes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Lepton.Orleans.ClusterTests.Deployments;

/// <summary>What the compose file gives its processes.</summary>
internal sealed class ComposeFile
{
    private readonly YamlMappingNode services;

    private ComposeFile(YamlMappingNode services) => this.services = services;

    /// <summary>How many silos there are.</summary>
    public int Silos => int.Parse(Text(services["silo"]["deploy"]["replicas"]), CultureInfo.InvariantCulture);

    public static ComposeFile Read()
    {
        using var reader = File.OpenText(Deployed.File("compose", "compose.yaml"));
        var file = new YamlStream();
        file.Load(new MergingParser(new Parser(reader)));
        return new ComposeFile((YamlMappingNode)file.Documents[0].RootNode["services"]);
    }

    /// <summary>What a service is started with, after the program's name.</summary>
    public IReadOnlyList<string> ArgumentsOf(string service) => [.. ((YamlSequenceNode)services[service]["command"]).Skip(1).Select(Text)];

    /// <summary>What a service finds in its environment; the key in the place of the variable that whoever starts it has to set.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentOf(string service, string key = "") => ((YamlMappingNode)services[service]["environment"])
        .ToDictionary(pair => Text(pair.Key), pair => Text(pair.Value) is var value && value.StartsWith("${LEPTON_API_KEY:?", StringComparison.Ordinal) ? key : Text(pair.Value));

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;
}
