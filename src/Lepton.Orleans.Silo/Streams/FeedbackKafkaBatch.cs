using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Lepton.Orleans.Streaming.Kafka;
using Orleans.Streams;

namespace Lepton.Orleans.Silo.Streams;

/// <summary>Messages of a partition in a row, which are applied by one call.</summary>
[GenerateSerializer, Immutable, Alias("lepton.FeedbackKafkaBatch")]
internal sealed class FeedbackKafkaBatch(StreamId streamId, FeedbackMessage message) : KafkaBatch(streamId, message.Offset)
{
    [Id(0)] private readonly List<FeedbackMessage> _messages = [message];

    public override IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>()
    {
        var source = BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(TopicId)));
        return _messages.Select(m => Tuple.Create((T)(object)(m with { Source = source }), TokenOf(m.Offset, 0)));
    }

    protected override bool TryJoin(KafkaBatch next)
    {
        _messages.AddRange(((FeedbackKafkaBatch)next)._messages);
        return true;
    }
}
