using System.Diagnostics;
using Confluent.Kafka;

namespace Lepton.Orleans.Streaming.Kafka.Diagnostics;

/// <summary>What can be measured of one partition that this process reads.</summary>
internal sealed class PartitionMetrics(KafkaMetrics metrics, string provider, TopicPartition partition)
{
    private long _position = -1;

    public TagList Tags { get; } = new() { { "provider", provider }, { "topic", partition.Topic }, { "partition", partition.Partition.Value } };

    /// <summary>How far the broker has come; absent while the partition is not read here.</summary>
    public Func<long>? HighWatermark { get; set; }

    /// <summary>How far delivery has come.</summary>
    public long Position
    {
        get => Volatile.Read(ref _position);
        set => Volatile.Write(ref _position, value);
    }

    /// <summary>How many messages are not delivered yet; <see langword="null"/> where that is not known.</summary>
    public long? Lag => HighWatermark?.Invoke() is { } high and >= 0 && Position >= 0 ? Math.Max(0, high - Position) : null;

    /// <summary>Whether the partition is read here, and the broker gives it.</summary>
    public bool IsRead => HighWatermark?.Invoke() is >= 0;

    /// <summary>Counts messages that nobody will read.</summary>
    public void Lost(long count) => metrics.Lost(Tags, count);

    /// <summary>Counts messages that were delivered.</summary>
    public void Delivered(IReadOnlyList<ConsumeResult<byte[]?, byte[]?>> messages) => metrics.Delivered(Tags, messages);
}
