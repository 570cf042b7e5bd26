using System.Text.Json;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>A message of JSON, turned into what the subscriber asks for when it asks.</summary>
[GenerateSerializer, Immutable, Alias("lepton.kafka.JsonBatch")]
internal sealed class JsonKafkaBatch(StreamId streamId, long offset, byte[] json) : KafkaBatch(streamId, offset)
{
    [Id(0)] private readonly byte[] _json = json;

    public override IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>()
    {
        using var document = JsonDocument.Parse(_json);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
        {
            return [Tuple.Create(Read<T>(document.RootElement), TokenOf(LastOffset, 0))];
        }

        return [.. document.RootElement.EnumerateArray().Select((element, index) => Tuple.Create(Read<T>(element), TokenOf(LastOffset, index)))];
    }

    private static T Read<T>(JsonElement element) => typeof(T) == typeof(JsonElement)
        ? (T)(object)element.Clone()
        : element.Deserialize<T>(JsonKafkaDataAdapter.Options)!;
}
