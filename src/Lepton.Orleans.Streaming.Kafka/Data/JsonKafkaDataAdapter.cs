using System.Text;
using System.Text.Json;
using Confluent.Kafka;

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>
/// Messages that any producer can write: the value is one JSON value, or an array of them, one an event; the key is the
/// stream's key. The topic is its namespace, unless a header of this provider's own messages names another. A tombstone is one event, null.
/// </summary>
public sealed class JsonKafkaDataAdapter : IKafkaDataAdapter
{
    internal static readonly JsonSerializerOptions Options = JsonSerializerOptions.Web;
    private static readonly byte[] Null = "null"u8.ToArray();

    /// <inheritdoc/>
    public Message<byte[]?, byte[]?> ToMessage<T>(StreamId streamId, IEnumerable<T> events, Dictionary<string, object>? requestContext)
    {
        ArgumentNullException.ThrowIfNull(events);
        var all = events.ToList();

        // One that is an array itself must not become several.
        return new Message<byte[]?, byte[]?>
        {
            Key = streamId.Key.ToArray(),
            Value = all is [var only] && JsonSerializer.SerializeToElement(only, Options) is { ValueKind: not JsonValueKind.Array } element
                ? JsonSerializer.SerializeToUtf8Bytes(element)
                : JsonSerializer.SerializeToUtf8Bytes(all, Options),
            Headers = [new Header(OrleansKafkaDataAdapter.NamespaceHeader, streamId.Namespace.ToArray())],
        };
    }

    /// <inheritdoc/>
    public KafkaBatch FromMessage(ConsumeResult<byte[]?, byte[]?> message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Message.Key is not { Length: > 0 } key)
        {
            throw new UnreadableMessageException("The message has no key; the key names the stream.");
        }

        var value = message.Message.Value ?? Null;
        try
        {
            var reader = new Utf8JsonReader(value);
            while (reader.Read())
            {
            }        }
        catch (JsonException exception)
        {
            throw new UnreadableMessageException($"The message is not JSON: {exception.Message}", exception);
        }

        var ns = message.Message.Headers.TryGetLastBytes(OrleansKafkaDataAdapter.NamespaceHeader, out var named) ? named : Encoding.UTF8.GetBytes(message.Topic);
        return new JsonKafkaBatch(StreamId.Create(ns, key), message.Offset, value);
    }
}
