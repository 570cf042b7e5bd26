using Microsoft.Extensions.Logging;

namespace Lepton.Orleans.Streaming.Kafka.Diagnostics;

/// <summary>What the provider logs.</summary>
internal static partial class Log
{
    [LoggerMessage(301, LogLevel.Error, "Kafka: {Code}: {Reason}")]
    public static partial void ClientError(this ILogger logger, string code, string reason);

    [LoggerMessage(302, LogLevel.Debug, "Kafka: {Notice}")]
    public static partial void ClientNotice(this ILogger logger, string notice);

    [LoggerMessage(303, LogLevel.Warning, "Topic {Topic}, partition {Partition} cannot be read: {Reason}")]
    public static partial void ReadFailed(this ILogger logger, string topic, int partition, string reason);

    [LoggerMessage(304, LogLevel.Error, "Polling Kafka failed; it goes on")]
    public static partial void PollFailed(this ILogger logger, Exception exception);

    [LoggerMessage(305, LogLevel.Warning, "Topic {Topic}, partition {Partition} is not read yet, and it is tried again: {Reason}")]
    public static partial void PartitionNotOpened(this ILogger logger, string topic, int partition, string reason);

    [LoggerMessage(306, LogLevel.Warning, "Offset {Offset} of topic {Topic}, partition {Partition} was not committed; a later one will be: {Reason}")]
    public static partial void CommitFailed(this ILogger logger, string topic, int partition, long offset, string reason);

    [LoggerMessage(307, LogLevel.Warning, "The last offset of topic {Topic}, partition {Partition} was not committed in time: some messages will be delivered again")]
    public static partial void FlushTimedOut(this ILogger logger, string topic, int partition);

    [LoggerMessage(308, LogLevel.Warning, "Topic {Topic}, partition {Partition}, offset {Offset} goes to {DeadLetterTopic}: {Reason}")]
    public static partial void DeadLettered(this ILogger logger, string topic, int partition, long offset, string deadLetterTopic, string reason);

    [LoggerMessage(309, LogLevel.Error, "Topic {Topic}, partition {Partition}, offset {Offset} is passed over, for there is no DeadLetterTopic: {Reason}")]
    public static partial void PassedOver(this ILogger logger, string topic, int partition, long offset, string reason);

    [LoggerMessage(310, LogLevel.Error, "A dead letter could not be sent to {DeadLetterTopic}, and it is tried again: {Reason}")]
    public static partial void DeadLetterNotSent(this ILogger logger, string deadLetterTopic, string reason);

    [LoggerMessage(311, LogLevel.Information, "Created topics {Topics}")]
    public static partial void TopicsCreated(this ILogger logger, string topics);

    [LoggerMessage(314, LogLevel.Error, "Topic {Topic} has {Count} partitions now, and only the first {Read} are read, as the options say: what is sent to the others waits. Set Partitions to {Count} and restart")]
    public static partial void PartitionsNotRead(this ILogger logger, string topic, int count, int read);

    [LoggerMessage(313, LogLevel.Warning, "What is read again of topic {Topic}, partition {Partition} was not committed in time: if this silo died now, its heir would not go on with it")]
    public static partial void RewindNotCommitted(this ILogger logger, string topic, int partition);

    [LoggerMessage(315, LogLevel.Error, "Topic {Topic}, partition {Partition}: the broker has deleted offsets {First} to {Last} before they were read, and what they held is lost")]
    public static partial void MessagesLost(this ILogger logger, string topic, int partition, long first, long last);

    [LoggerMessage(312, LogLevel.Error, "Topic {Topic} could not be created: {Reason}")]
    public static partial void TopicNotCreated(this ILogger logger, string topic, string reason);
}
