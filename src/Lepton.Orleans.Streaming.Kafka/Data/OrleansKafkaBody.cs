
namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>The value of a message that Orleans' serialiser wrote.</summary>
[GenerateSerializer, Immutable, Alias("lepton.kafka.OrleansBody")]
internal sealed class OrleansKafkaBody
{
    /// <summary>The events.</summary>
    [Id(0)] public List<object> Events { get; init; } = [];

    /// <summary>What their sender wants passed on.</summary>
    [Id(1)] public Dictionary<string, object>? RequestContext { get; init; }
}
