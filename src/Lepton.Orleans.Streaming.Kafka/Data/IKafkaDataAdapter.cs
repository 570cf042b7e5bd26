using Confluent.Kafka;

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>Between the events of streams and the messages of topics.</summary>
public interface IKafkaDataAdapter
{
    /// <summary>The message of events.</summary>
    /// <param name="streamId">Their stream.</param>
    /// <param name="events">The events.</param>
    /// <param name="requestContext">What their sender wants passed on, or <see langword="null"/>.</param>
    /// <exception cref="NotSupportedException">This adapter only reads, or cannot write these events.</exception>
    Message<byte[]?, byte[]?> ToMessage<T>(StreamId streamId, IEnumerable<T> events, Dictionary<string, object>? requestContext);

    /// <summary>The batch of a message. Is called once for each message that is read, and must be quick.</summary>
    /// <param name="message">The message.</param>
    /// <exception cref="UnreadableMessageException">It will never be readable: it goes to the dead letters.</exception>
    /// <remarks>Whatever else is thrown ends the same way.</remarks>
    KafkaBatch FromMessage(ConsumeResult<byte[]?, byte[]?> message);
}
