using Confluent.Kafka;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Streams;

/// <summary>Has all messages of a partition that are read at once delivered at once, and looks into none of them.</summary>
internal sealed class JoiningDataAdapter : IKafkaDataAdapter
{
    public static StreamId Stream { get; } = StreamId.Create("joined", "all");

    public Message<byte[]?, byte[]?> ToMessage<T>(StreamId streamId, IEnumerable<T> events, Dictionary<string, object>? requestContext) =>
        throw new NotSupportedException("It is only read.");

    public KafkaBatch FromMessage(ConsumeResult<byte[]?, byte[]?> message) => new Batch(message.Offset);

    private sealed class Batch(long offset) : KafkaBatch(Stream, offset)
    {
        public override IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() => [];

        protected internal override bool TryJoin(KafkaBatch next) => true;
    }
}
