using Confluent.Kafka;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>A message was not confirmed by the broker; unless it was refused, it may be there all the same.</summary>
public sealed class KafkaSendException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="partition">Where it was sent to.</param>
    /// <param name="error">What the broker or the client says.</param>
    /// <param name="innerException">The client's exception.</param>
    public KafkaSendException(TopicPartition partition, Error error, Exception? innerException = null)
        : base($"Topic '{partition?.Topic}', partition {partition?.Partition.Value}: {error?.Reason}.{Advice(error?.Code)}", innerException)
    {
    }

    private static string Advice(ErrorCode? code) => code switch
    {
        ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition =>
            " The topic or the partition does not exist; create it with the number of partitions that the options name.",
        ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed => " This user may not write to it.",
        ErrorCode.MsgSizeTooLarge => " It is larger than the topic's max.message.bytes or the client's message.max.bytes.",
        ErrorCode.Local_MsgTimedOut => " No broker confirmed it in time (ProduceTimeout).",
        _ => "",
    };
}
