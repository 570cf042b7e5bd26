using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Lepton.Orleans.Streaming.Kafka;
using Orleans.Streams;

namespace Lepton.Orleans.Silo.Streams;

/// <summary>Messages of a partition in a row, which are applied by one call: all of them are one event.</summary>
[GenerateSerializer, Immutable, Alias("lepton.FeedbackKafkaBatch")]
internal sealed class FeedbackKafkaBatch(StreamId streamId, FeedbackMessage message) : KafkaBatch(streamId, message.Offset)
{
    [Id(0)] private readonly FeedbackMessage _first = message;

    // Absent in most of them: they join another one.
    [Id(1)] private List<FeedbackMessage>? _all;

    public override IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>()
    {
        var source = BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(TopicId)));
        var messages = new FeedbackMessages { Source = source, Messages = _all ?? [_first] };
        return [Tuple.Create((T)(object)messages, TokenOf(_first.Offset, 0))];
    }

    protected internal override bool TryJoin(KafkaBatch next)
    {
        var joined = (FeedbackKafkaBatch)next;
        _all ??= [_first];
        if (joined._all is { } all)
        {
            _all.AddRange(all);
        }
        else
        {
            _all.Add(joined._first);
        }

        return true;
    }
}
