using Lepton.Orleans.Streaming.Kafka.Adapters;

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>A topic that streams are kept in.</summary>
public sealed class KafkaTopicOptions
{
    /// <summary>The topic's name. A stream whose namespace is called the same goes to it.</summary>
    public string Name { get; set; } = "";

    /// <summary>How many partitions it has, which is how many queues Orleans hands out: the number that the broker says.</summary>
    public int Partitions { get; set; } = 8;

    /// <summary>The partition that a key goes to, of those that are read: the one that Kafka's clients for Java choose (murmur2).</summary>
    /// <param name="key">The key; of a stream, what names it.</param>
    public int PartitionOf(ReadOnlySpan<byte> key) => Murmur2.Partition(key, Partitions);
}
