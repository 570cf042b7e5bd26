using Confluent.Kafka;
using Orleans.Serialization;

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>
/// Messages of Orleans' serialiser, with a version in a header. The key is the stream's key; its namespace stands in a
/// header, because a topic may hold streams of several.
/// </summary>
/// <param name="serializer">Orleans' serialiser.</param>
public sealed class OrleansKafkaDataAdapter(Serializer serializer) : IKafkaDataAdapter
{
    internal const string VersionHeader = "orleans-stream-version";
    internal const string NamespaceHeader = "orleans-stream-namespace";
    private static readonly byte[] Version = "1"u8.ToArray();

    /// <inheritdoc/>
    public Message<byte[]?, byte[]?> ToMessage<T>(StreamId streamId, IEnumerable<T> events, Dictionary<string, object>? requestContext)
    {
        ArgumentNullException.ThrowIfNull(events);
        return new Message<byte[]?, byte[]?>
        {
            Key = streamId.Key.ToArray(),
            Value = serializer.SerializeToArray(new OrleansKafkaBody { Events = [.. events.Cast<object>()], RequestContext = requestContext }),
            Headers = [new Header(VersionHeader, Version), new Header(NamespaceHeader, streamId.Namespace.ToArray())],
        };
    }

    /// <inheritdoc/>
    public KafkaBatch FromMessage(ConsumeResult<byte[]?, byte[]?> message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var headers = message.Message.Headers;
        if (!headers.TryGetLastBytes(VersionHeader, out var version) || !headers.TryGetLastBytes(NamespaceHeader, out var ns))
        {
            throw new UnreadableMessageException($"The message has no {VersionHeader} and {NamespaceHeader} headers; it was not sent by this provider.");
        }

        if (!version.AsSpan().SequenceEqual(Version))
        {
            throw new UnreadableMessageException($"The message has version '{System.Text.Encoding.UTF8.GetString(version)}'; this release reads version 1.");
        }

        try
        {
            var body = serializer.Deserialize<OrleansKafkaBody>(message.Message.Value ?? []) ?? throw new UnreadableMessageException("The message holds nothing.");
            return new OrleansKafkaBatch(StreamId.Create(ns, message.Message.Key ?? []), message.Offset, body);
        }
        catch (Exception exception) when (exception is not UnreadableMessageException)
        {
            throw new UnreadableMessageException($"The message cannot be deserialised: {exception.Message}", exception);
        }
    }
}
