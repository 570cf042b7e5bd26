using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Brokers;

/// <summary>A broker as an operator and any producer use it.</summary>
public sealed class Topics(ClientConfig settings) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly IAdminClient _admin = new AdminClientBuilder(new AdminClientConfig(settings))
        .SetLogHandler(static (_, _) => { }).SetErrorHandler(static (_, _) => { }).Build();

    private readonly IProducer<byte[]?, byte[]?> _producer = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig(settings))
        .SetLogHandler(static (_, _) => { }).SetErrorHandler(static (_, _) => { }).Build();

    public Topics(string servers)
        : this(new ClientConfig { BootstrapServers = servers })
    {
    }

    /// <summary>Creates a topic.</summary>
    public Task CreateAsync(string topic, int partitions, params (string Key, string Value)[] settings) => _admin.CreateTopicsAsync([new TopicSpecification
    {
        Name = topic,
        NumPartitions = partitions,
        ReplicationFactor = 1,
        Configs = settings.ToDictionary(s => s.Key, s => s.Value),
    }]);

    /// <summary>Gives a topic more partitions.</summary>
    public Task ExtendAsync(string topic, int partitions) => _admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = partitions }]);

    /// <summary>Deletes the messages of a partition that stand before an offset, as brokers do with what is too old.</summary>
    public Task DeleteAsync(string topic, int partition, long before) => _admin.DeleteRecordsAsync([new TopicPartitionOffset(topic, partition, before)]);

    /// <summary>Commits an offset for a group.</summary>
    public void Commit(string group, string topic, int partition, long offset)
    {
        using var consumer = Consumer(group);
        consumer.Commit([new TopicPartitionOffset(topic, partition, offset)]);
    }

    /// <summary>Sends a message.</summary>
    public Task<DeliveryResult<byte[]?, byte[]?>> SendAsync(string topic, int partition, string? key, byte[]? value, params (string Key, string Value)[] headers)
    {
        var message = new Message<byte[]?, byte[]?> { Key = key is null ? null : System.Text.Encoding.UTF8.GetBytes(key), Value = value, Headers = [] };
        foreach (var (name, text) in headers)
        {
            message.Headers.Add(name, System.Text.Encoding.UTF8.GetBytes(text));
        }

        return _producer.ProduceAsync(new TopicPartition(topic, partition), message);
    }

    /// <summary>Sends a message that says when it was sent.</summary>
    public Task<DeliveryResult<byte[]?, byte[]?>> SendAtAsync(string topic, int partition, string key, byte[] value, DateTime time) => _producer.ProduceAsync(
        new TopicPartition(topic, partition),
        new Message<byte[]?, byte[]?> { Key = System.Text.Encoding.UTF8.GetBytes(key), Value = value, Timestamp = new Timestamp(time) });

    /// <summary>Reads the first messages of a topic, from the beginning: all of them, or those that are wanted.</summary>
    public IReadOnlyList<ConsumeResult<byte[]?, byte[]?>> Read(string topic, int partitions, int count, Func<ConsumeResult<byte[]?, byte[]?>, bool>? isWanted = null)
    {
        using var consumer = Consumer("reader");
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        var messages = new List<ConsumeResult<byte[]?, byte[]?>>();
        for (var started = DateTime.UtcNow; messages.Count < count && DateTime.UtcNow - started < Patience;)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is { } message && isWanted?.Invoke(message) is not false)
            {
                messages.Add(message);
            }
        }

        return messages;
    }

    /// <summary>The offsets that a group has committed, by partition; -1001 where it has none.</summary>
    public IReadOnlyList<long> Committed(string group, string topic, int partitions)
    {
        using var consumer = Consumer(group);
        return [.. consumer.Committed(Enumerable.Range(0, partitions).Select(p => new TopicPartition(topic, p)), Patience).Select(o => o.Offset.Value)];
    }

    public void Dispose()
    {
        _producer.Dispose();
        _admin.Dispose();
    }

    private IConsumer<byte[]?, byte[]?> Consumer(string group) => new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig(settings.ToDictionary(s => s.Key, s => s.Value))
    {
        GroupId = group, EnableAutoCommit = false,
    }).SetLogHandler(static (_, _) => { }).SetErrorHandler(static (_, _) => { }).Build();
}
