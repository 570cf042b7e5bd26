using Confluent.Kafka;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Adapters;

/// <summary>
/// Streams to partitions. Within a topic a key goes to the partition that Kafka's own clients for Java choose by default
/// (murmur2), so that what they send about a key and what Orleans sends about it stay in one order.
/// </summary>
internal sealed class KafkaQueueMapper : IConsistentRingStreamQueueMapper
{
    private readonly List<QueueId> _queues = [];
    private readonly Dictionary<QueueId, TopicPartition> _partitions = [];
    private readonly List<(byte[] Name, int First, int Count)> _topics = [];

    public KafkaQueueMapper(IEnumerable<KafkaTopicOptions> topics)
    {
        var all = topics.ToList();
        var total = (ulong)all.Sum(t => t.Partitions);
        foreach (var topic in all)
        {
            _topics.Add((System.Text.Encoding.UTF8.GetBytes(topic.Name), _queues.Count, topic.Partitions));
            for (var partition = 0; partition < topic.Partitions; partition++)
            {
                // Evenly on Orleans' ring, so that silos share them evenly.
                var place = (uint)((1ul << 32) * (ulong)_queues.Count / total);
                var queue = QueueId.GetQueueId(topic.Name, (uint)partition, place);
                _queues.Add(queue);
                _partitions.Add(queue, new TopicPartition(topic.Name, partition));
            }
        }
    }

    public IEnumerable<QueueId> GetAllQueues() => _queues;

    public IEnumerable<QueueId> GetQueuesForRange(IRingRange range) => _queues.Where(queue => range.InRange(queue.GetUniformHashCode()));

    public QueueId GetQueueForStream(StreamId streamId)
    {
        var (_, first, count) = _topics.Find(topic => streamId.Namespace.Span.SequenceEqual(topic.Name)) is { Count: > 0 } topic ? topic : _topics[0];
        return _queues[first + Murmur2.Partition(streamId.Key.Span, count)];
    }

    /// <summary>The partition of a queue.</summary>
    public TopicPartition PartitionOf(QueueId queueId) => _partitions[queueId];

    /// <summary>The partition that a stream is sent to.</summary>
    public TopicPartition PartitionOf(StreamId streamId) => _partitions[GetQueueForStream(streamId)];
}
