using Confluent.Kafka;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Ledgers;

/// <summary>Reads a topic from its beginning, as anybody who follows it.</summary>
internal sealed class KafkaTopicReader : IDisposable
{
    private readonly IConsumer<string, byte[]?> consumer;

    public KafkaTopicReader(KafkaProcess kafka, string topic)
    {
        consumer = new ConsumerBuilder<string, byte[]?>(new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = "reader", EnableAutoCommit = false })
            .SetErrorHandler(static (_, _) => { }).SetLogHandler(static (_, _) => { }).Build();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        consumer.Assign(admin.GetMetadata(topic, TimeSpan.FromSeconds(30)).Topics.Single().Partitions.Select(p => new TopicPartitionOffset(topic, p.PartitionId, Offset.Beginning)));
    }

    /// <summary>The next message; <see langword="null"/> where none came for a while.</summary>
    public ConsumeResult<string, byte[]?>? Next(TimeSpan wait) => consumer.Consume(wait);

    /// <summary>Everything up to what the topic's partitions hold now.</summary>
    public List<ConsumeResult<string, byte[]?>> ToEnd()
    {
        var left = consumer.Assignment.ToDictionary(p => p, p => consumer.QueryWatermarkOffsets(p, TimeSpan.FromSeconds(30)).High.Value);
        var read = new List<ConsumeResult<string, byte[]?>>();
        while (left.Any(end => end.Value > 0))
        {
            var message = consumer.Consume(TimeSpan.FromSeconds(30)) ?? throw new TimeoutException($"{left.Count} partitions do not end.");
            read.Add(message);
            if (message.Offset.Value + 1 >= left[message.TopicPartition])
            {
                left[message.TopicPartition] = 0;
            }
        }

        return read;
    }

    public void Dispose() => consumer.Dispose();
}
