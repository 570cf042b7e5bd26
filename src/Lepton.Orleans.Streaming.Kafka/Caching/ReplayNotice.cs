using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Caching;

/// <summary>Wakes a stream: a subscriber that came back has been read something again. Holds nothing to deliver.</summary>
internal sealed class ReplayNotice(KafkaBatch batch) : IBatchContainer
{
    public StreamId StreamId => batch.StreamId;

    public StreamSequenceToken SequenceToken => batch.SequenceToken;

    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() => [];

    public bool ImportRequestContext() => false;
}
