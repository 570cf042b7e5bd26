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
    private readonly string[] _partitionNames = [.. Enumerable.Range(0, 1024).Select(p => p.ToString(CultureInfo.InvariantCulture))];

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
        var name = partition < _partitionNames.Length ? _partitionNames[partition] : partition.ToString(CultureInfo.InvariantCulture);
        return new FeedbackKafkaBatch(StreamId.Create(Topic, name), Read(message));
    }

    private FeedbackMessage Read(ConsumeResult<byte[]?, byte[]?> message)
    {
        var user = UserOf(message.Message.Key);
        var read = new FeedbackMessage
        {
            Partition = message.Partition.Value, Offset = message.Offset.Value, Key = message.Message.Key, Value = message.Message.Value,
            TimestampMs = message.Message.Timestamp.UnixTimestampMs,
        };
        if (message.Message.Value is not { } value)
        {
            return user is null ? throw new UnreadableMessageException("A message without value erases the user that its key names, and it has no key.") : read with { Erased = user };
        }

        try
        {
            var rows = FeedbackReader.ReadMessage(value, clock.GetUtcNow().UtcDateTime, user);
            return user is not null && rows.Find(row => row.UserId != user) is { } other
                ? throw new UnreadableMessageException($"A row has UserId '{other.UserId}' and the message's key is '{user}': the feedback of a user must be keyed by that user, or its order is lost.")
                : read with { Rows = rows };
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
