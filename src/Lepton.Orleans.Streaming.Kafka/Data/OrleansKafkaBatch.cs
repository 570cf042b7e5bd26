using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>A message of Orleans' serialiser.</summary>
[GenerateSerializer, Immutable, Alias("lepton.kafka.OrleansBatch")]
internal sealed class OrleansKafkaBatch(StreamId streamId, long offset, OrleansKafkaBody body) : KafkaBatch(streamId, offset)
{
    [Id(0)] private readonly OrleansKafkaBody _body = body;

    public override IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() =>
        _body.Events.Select((e, index) => Tuple.Create((T)e, TokenOf(LastOffset, index)));

    public override bool ImportRequestContext()
    {
        if (_body.RequestContext is null)
        {
            return false;
        }

        RequestContextExtensions.Import(_body.RequestContext);
        return true;
    }
}
