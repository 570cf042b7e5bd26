using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Caching;

/// <summary>Has a stream looked at again: something waits for a subscriber. Holds nothing to deliver.</summary>
internal sealed class WakeNotice(KafkaBatch batch) : IBatchContainer
{
    public StreamId StreamId => batch.StreamId;

    public StreamSequenceToken SequenceToken => batch.SequenceToken;

    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() => [];

    public bool ImportRequestContext() => false;
}
