using System.Globalization;
using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Checkpoints;

/// <summary>Checkpoints as Kafka's tools know them: the offsets that a group has committed.</summary>
internal sealed class KafkaOffsets(KafkaStreamOptions options, KafkaClients clients, ILogger logger) : IStreamQueueCheckpointerFactory
{
    private const char Separator = '/';
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>What a partition is called among checkpoints.</summary>
    public static string NameOf(TopicPartition partition) =>
        string.Create(CultureInfo.InvariantCulture, $"{partition.Topic}{Separator}{partition.Partition.Value}");

    /// <inheritdoc/>
    public Task<IStreamQueueCheckpointer<string>> Create(string partition)
    {
        var at = partition.LastIndexOf(Separator);
        var named = new TopicPartition(partition[..at], int.Parse(partition.AsSpan(at + 1), CultureInfo.InvariantCulture));
        return Task.FromResult<IStreamQueueCheckpointer<string>>(new KafkaOffsetCheckpointer(this, named, options.CommitInterval, logger));
    }

    /// <summary>What the group has committed, or <see langword="null"/>.</summary>
    /// <exception cref="KafkaException">The broker does not answer, or refuses.</exception>
    public Task<long?> LoadAsync(TopicPartition partition) => Task.Run(() =>
        clients.Reader.Consumer.Committed([partition], Timeout).Single() is { Offset: { IsSpecial: false } offset } ? offset.Value : (long?)null);

    /// <summary>Commits.</summary>
    /// <exception cref="KafkaException">The broker does not answer, or refuses.</exception>
    public Task SaveAsync(TopicPartition partition, long offset) =>
        Task.Run(() => clients.Reader.Consumer.Commit([new TopicPartitionOffset(partition, offset)]));

    /// <summary>The offset that the next message of a partition will have.</summary>
    /// <exception cref="KafkaException">The broker does not answer, or refuses.</exception>
    public Task<long> EndAsync(TopicPartition partition) =>
        Task.Run(() => clients.Reader.Consumer.QueryWatermarkOffsets(partition, Timeout).High.Value);
}
