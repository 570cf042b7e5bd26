namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>A message is not what the topic's messages are, and no repetition would change that.</summary>
public sealed class UnreadableMessageException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What is wrong with it: goes into the dead letter.</param>
    /// <param name="innerException">What found it out.</param>
    public UnreadableMessageException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
