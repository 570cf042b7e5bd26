using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Lepton.Orleans.Silo.Apis.Bodies;
using Lepton.Orleans.Silo.Apis.Problems;
using Lepton.Orleans.Streaming.Kafka;

namespace Lepton.Orleans.Silo.Streams;

/// <summary>
/// Messages of feedback: the value is one feedback or an array of them, as the REST API takes them; the key is the user. A
/// message without a value erases the user. A partition is one stream, so that its messages are applied by the thousand.
/// </summary>
internal sealed class FeedbackDataAdapter(TimeProvider clock) : IKafkaDataAdapter
{
    /// <summary>The topic, and the namespace of its streams.</summary>
    public const string Topic = "lepton.feedback";

    /// <summary>The provider's name.</summary>
    public const string Provider = "lepton-kafka";

    /// <summary>The header that may say which schema a message obeys.</summary>
    public const string SchemaHeader = "lepton-schema";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly StreamId[] _streams = [.. Enumerable.Range(0, 1024).Select(StreamOf)];

    // Of the message before, whichever it was: while they wait, rows then share one string.
    private string? _latestType;

    /// <inheritdoc/>
    public Message<byte[]?, byte[]?> ToMessage<T>(StreamId streamId, IEnumerable<T> events, Dictionary<string, object>? requestContext) =>
        throw new NotSupportedException("Streams of feedback are only read.");

    /// <inheritdoc/>
    public KafkaBatch FromMessage(ConsumeResult<byte[]?, byte[]?> message)
    {
        if (message.Message.Headers.TryGetLastBytes(SchemaHeader, out var schema) && !schema.AsSpan().SequenceEqual("1"u8))
        {
            throw new UnreadableMessageException($"Header {SchemaHeader} is '{Encoding.UTF8.GetString(schema)}'; this release reads schema 1.");
        }

        var partition = message.Partition.Value;
        return new FeedbackKafkaBatch(partition < _streams.Length ? _streams[partition] : StreamOf(partition), Read(message));
    }

    private static StreamId StreamOf(int partition) => StreamId.Create(Topic, partition.ToString(CultureInfo.InvariantCulture));

    private FeedbackMessage Read(ConsumeResult<byte[]?, byte[]?> message)
    {
        var user = UserOf(message.Message.Key);
        return new FeedbackMessage
        {
            Partition = message.Partition.Value,
            Offset = message.Offset.Value,
            Key = message.Message.Key,
            Value = message.Message.Value,
            TimestampMs = message.Message.Timestamp.UnixTimestampMs,
            Headers = message.Message.Headers is { Count: > 0 } headers ? [.. headers.Select(h => KeyValuePair.Create<string, byte[]?>(h.Key, h.GetValueBytes()))] : null,
            Rows = message.Message.Value is { } value ? RowsOf(value, user) : [],
            Erased = message.Message.Value is not null ? null
                : user ?? throw new UnreadableMessageException("A message without value erases the user that its key names, and it has no key."),
        };
    }

    private IReadOnlyList<Feedback> RowsOf(byte[] value, string? user)
    {
        try
        {
            var rows = FeedbackReader.ReadMessage(value, clock.GetUtcNow().UtcDateTime, user, _latestType);
            foreach (var row in rows)
            {
                if (user is not null && row.UserId != user)
                {
                    throw new UnreadableMessageException($"A row has UserId '{row.UserId}' and the message's key is '{user}': the feedback of a user must be keyed by that user, or its order is lost.");
                }
            }

            _latestType = rows.Count > 0 ? rows[^1].FeedbackType : _latestType;
            return rows;
        }
        catch (InvalidRequestException exception)
        {
            throw new UnreadableMessageException(exception.Message, exception);
        }
    }

    private static string? UserOf(byte[]? key)
    {
        if (key is not { Length: > 0 })
        {
            return null;
        }

        try
        {
            var user = StrictUtf8.GetString(key);
            return LeptonKey.Violation(user) is { } rule ? throw new UnreadableMessageException($"The message's key is no user id: it {rule}.") : user;
        }
        catch (DecoderFallbackException exception)
        {
            throw new UnreadableMessageException("The message's key is no user id: it is not UTF-8.", exception);
        }
    }
}
