using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Lepton.Orleans.Deploy.Tests.Files;

/// <summary>YAML as JSON: every scalar is a string.</summary>
internal static class YamlFile
{
    public static IReadOnlyList<JsonNode> Parse(string text)
    {
        var parser = new Parser(new StringReader(text));
        var (reader, writer) = (new DeserializerBuilder().Build(), new SerializerBuilder().JsonCompatible().Build());
        var documents = new List<JsonNode>();
        parser.Consume<StreamStart>();
        while (parser.Accept<DocumentStart>(out _))
        {
            if (reader.Deserialize<object?>(parser) is { } document)
            {
                documents.Add(JsonNode.Parse(writer.Serialize(document))!);
            }
        }

        return documents;
    }
}
