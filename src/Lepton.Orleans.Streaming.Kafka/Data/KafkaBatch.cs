using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Orleans.Providers.Streams.Common;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>What one message of a partition holds for one stream, or several messages in a row.</summary>
[GenerateSerializer, Immutable, Alias("lepton.kafka.Batch")]
public abstract class KafkaBatch : IBatchContainer
{
    [NonSerialized] private IReadOnlyList<ConsumeResult<byte[]?, byte[]?>>? _messages;
    [NonSerialized] private Exception? _lastError;

    /// <summary>Makes the batch of a message.</summary>
    /// <param name="streamId">Whose it is.</param>
    /// <param name="offset">The message's offset.</param>
    protected KafkaBatch(StreamId streamId, long offset) => (StreamId, LastOffset) = (streamId, offset);

    /// <inheritdoc/>
    [Id(0)] public StreamId StreamId { get; private set; }

    /// <summary>The offset of the last message in it.</summary>
    [Id(1)] public long LastOffset { get; private set; }

    /// <summary>
    /// The id that the broker gave the topic when it was created: another one when it was deleted and created anew, so that its
    /// offsets begin again. Empty where the broker does not say.
    /// </summary>
    [Id(2)] public string TopicId { get; private set; } = "";

    /// <inheritdoc/>
    public StreamSequenceToken SequenceToken => new KafkaBatchToken(LastOffset);

    /// <summary>The messages that it was read from, in the process that read them.</summary>
    internal IReadOnlyList<ConsumeResult<byte[]?, byte[]?>> Messages => _messages ??= [];

    /// <summary>The offset of the first message in it, in the process that read it.</summary>
    internal long FirstOffset => Messages[0].Offset.Value;

    /// <summary>What its messages weigh, in the process that read them.</summary>
    internal long Bytes => Messages.Sum(message => (long)PartitionFeed.BytesOf(message));

    /// <summary>What the last delivery ended with, where somebody noted it.</summary>
    internal Exception? LastError
    {
        get => Volatile.Read(ref _lastError);
        set => Volatile.Write(ref _lastError, value);
    }

    /// <summary>The events, each with the token that a subscriber can come back to.</summary>
    public abstract IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>();

    /// <inheritdoc/>
    public virtual bool ImportRequestContext() => false;

    /// <summary>
    /// Joins the next message of the same stream on to this batch, so that both are delivered by one call.
    /// False, as by default: it stays by itself.
    /// </summary>
    /// <param name="next">The batch of the next message of the partition.</param>
    protected internal virtual bool TryJoin(KafkaBatch next) => false;

    /// <summary>Notes the message that it was read from.</summary>
    internal void ReadFrom(ConsumeResult<byte[]?, byte[]?> message, string topicId)
    {
        TopicId = topicId;
        _messages = [message];
    }

    /// <summary>Joins the next message on, where it is of the same stream and the adapter wants that.</summary>
    internal bool Join(KafkaBatch next)
    {
        if (next.StreamId != StreamId || next.TopicId != TopicId || !TryJoin(next))
        {
            return false;
        }

        LastOffset = next.LastOffset;
        if (_messages is not List<ConsumeResult<byte[]?, byte[]?>> all)
        {
            // Only now: most messages join another one's batch, and need no list of their own.
            _messages = all = [.. Messages];
        }

        all.AddRange(next.Messages);
        return true;
    }

    /// <summary>The token of an event.</summary>
    /// <param name="offset">Its message's offset.</param>
    /// <param name="index">Its place in the message.</param>
    protected static StreamSequenceToken TokenOf(long offset, int index) => new EventSequenceTokenV2(offset, index);
}
