using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Confluent.Kafka;

namespace Lepton.Orleans.Streaming.Kafka.Diagnostics;

/// <summary>What can be measured of all providers of a process: meter <c>Lepton.Orleans.Streaming.Kafka</c>.</summary>
internal sealed class KafkaMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Lepton.Orleans.Streaming.Kafka";

    private readonly ConcurrentDictionary<(string Provider, TopicPartition Partition), PartitionMetrics> _partitions = new();
    private readonly ConcurrentDictionary<(string Provider, string Topic), int> _unread = new();
    private readonly Histogram<double> _latency;
    private readonly Counter<long> _delivered;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _deadLetters;
    private readonly Counter<long> _lost;
    private readonly TimeProvider _clock;

    public KafkaMetrics(IMeterFactory meters, TimeProvider clock)
    {
        _clock = clock;
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("kafka.stream.lag", Lags, "{message}", "Messages of a partition that are not delivered yet.");
        meter.CreateObservableGauge("kafka.stream.partitions.read", Read, "{partition}", "Partitions of a topic that are read here: the broker has said how far they go.");
        meter.CreateObservableGauge("kafka.stream.partitions.unread", UnreadPartitions, "{partition}", "Partitions of a topic beyond those that the options name: nobody reads them.");
        _latency = meter.CreateHistogram<double>("kafka.stream.delivery.latency", "s", "From a message's own time until all subscribers have had it.");
        _delivered = meter.CreateCounter<long>("kafka.stream.delivered", "{message}", "Messages that all subscribers have had.");
        _retries = meter.CreateCounter<long>("kafka.stream.retries", "{delivery}", "Deliveries that were tried again.");
        _deadLetters = meter.CreateCounter<long>("kafka.stream.dead_letters", "{message}", "Messages that were given up.");
        _lost = meter.CreateCounter<long>("kafka.stream.lost", "{message}", "Offsets that the broker had deleted before they were read.");
    }

    /// <summary>The metrics of a partition, while this process reads it.</summary>
    public PartitionMetrics Partition(string provider, TopicPartition partition) =>
        _partitions[(provider, partition)] = new PartitionMetrics(this, provider, partition);

    /// <summary>Notes how many partitions of a topic nobody reads.</summary>
    public void Unread(string provider, string topic, int partitions) => _unread[(provider, topic)] = partitions;

    /// <summary>Counts a delivery that is tried again.</summary>
    public void Retry(string provider) => _retries.Add(1, new KeyValuePair<string, object?>("provider", provider));

    /// <summary>Counts a message that is given up.</summary>
    public void DeadLetter(string provider, string topic) =>
        _deadLetters.Add(1, new KeyValuePair<string, object?>("provider", provider), new KeyValuePair<string, object?>("topic", topic));

    /// <summary>Counts messages that nobody will read.</summary>
    public void Lost(in TagList tags, long count) => _lost.Add(count, tags);

    /// <summary>Counts messages that were delivered.</summary>
    public void Delivered(in TagList tags, IReadOnlyList<ConsumeResult<byte[]?, byte[]?>> messages)
    {
        _delivered.Add(messages.Count, tags);
        if (_latency.Enabled)
        {
            var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
            foreach (var message in messages)
            {
                _latency.Record(Math.Max(0, now - message.Message.Timestamp.UnixTimestampMs) / 1000.0, tags);
            }
        }
    }

    private IEnumerable<Measurement<int>> UnreadPartitions() => _unread.Select(topic => new Measurement<int>(
        topic.Value, new KeyValuePair<string, object?>("provider", topic.Key.Provider), new KeyValuePair<string, object?>("topic", topic.Key.Topic)));

    private IEnumerable<Measurement<long>> Lags()
    {
        foreach (var partition in _partitions.Values)
        {
            if (partition.Lag is { } lag)
            {
                yield return new Measurement<long>(lag, partition.Tags);
            }
        }
    }

    // A topic that nothing is read of has its series, too: whoever adds them up finds what is missing.
    private IEnumerable<Measurement<int>> Read() => _partitions
        .GroupBy(partition => (partition.Key.Provider, partition.Key.Partition.Topic), partition => partition.Value)
        .Select(topic => new Measurement<int>(topic.Count(partition => partition.IsRead), new("provider", topic.Key.Provider), new("topic", topic.Key.Topic)));
}
