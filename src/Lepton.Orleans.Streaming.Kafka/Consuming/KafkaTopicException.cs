namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>A topic is not as the options say.</summary>
public sealed class KafkaTopicException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">Which topic, what is wrong, and what to do.</param>
    public KafkaTopicException(string message)
        : base(message)
    {
    }
}
