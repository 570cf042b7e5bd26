using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.Streaming.Kafka.Adapters;
using Lepton.Orleans.Streaming.Kafka.Caching;
using Lepton.Orleans.Streaming.Kafka.Checkpoints;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Lepton.Orleans.Streaming.Kafka.Tests.Brokers;
using Lepton.Orleans.Streaming.Kafka.Tests.Clusters;
using Microsoft.Extensions.DependencyInjection;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Streams;

/// <summary>What a real broker has deleted before it was read.</summary>
public sealed class LostMessagesTests : IAsyncLifetime
{
    private const int Messages = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly TopicPartition _partition = new($"orders-{Guid.NewGuid():N}", 0);
    private readonly LogLines _log = new();
    private readonly MeterListener _listener = new();
    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private KafkaProcess? _broker;
    private Topics? _topics;
    private long _lost;

    private Topics Topics => _topics!;

    public async ValueTask InitializeAsync()
    {
        _listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "kafka.stream.lost")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _lost, count));
        _listener.Start();
        _broker = KafkaProcess.FindOrSkip();
        await _broker.StartAsync(TestContext.Current.CancellationToken);
        _topics = new Topics(_broker.BootstrapServers);
        await Topics.CreateAsync(_partition.Topic, 1);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _topics?.Dispose();
        await _meters.DisposeAsync();
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(50)]
    [InlineData(Messages)]
    public async Task What_was_deleted_while_nobody_read_is_said_and_counted(int kept)
    {
        await SendAsync(10);
        Topics.Commit("orleans", _partition.Topic, 0, 10);
        await Topics.DeleteAsync(_partition.Topic, 0, kept);

        await ReadAsync(options => { }, end: Messages, kept == Messages ? 0 : Messages - kept);
        Assert.Contains("offsets 10 to " + (kept - 1), Assert.Single(_log.Errors), StringComparison.Ordinal);
        Assert.Equal(kept - 10, _lost);

        // Once, however often the partition is opened again.
        await ReadAsync(options => { }, end: Messages, kept == Messages ? 0 : Messages - kept);
        _ = Assert.Single(_log.Errors);
        Assert.Equal(kept - 10, _lost);
    }

    [Fact]
    public async Task What_was_deleted_before_a_group_began_is_not_lost_to_it()
    {
        await SendAsync(10);
        await Topics.DeleteAsync(_partition.Topic, 0, 50);
        await ReadAsync(options => { }, end: Messages, Messages - 50);
        Assert.Empty(_log.Errors);
        Assert.Equal(0, _lost);
    }

    [Fact]
    public async Task What_was_deleted_while_a_partition_stood_still_is_said_and_counted()
    {
        await SendAsync(100_000);
        var read = await ReadAsync(
            options =>
            {
                (options.BatchSize, options.CacheSize) = (1, 1);
                options.ClientSettings["queued.max.messages.kbytes"] = "128";
            },
            end: Messages,
            atLeast: 11,
            () => Topics.DeleteAsync(_partition.Topic, 0, 50));

        Assert.InRange(read, 11, Messages - 1);
        Assert.Equal(Messages, read + _lost);
        Assert.Contains(" to 49 ", Assert.Single(_log.Errors), StringComparison.Ordinal);
    }

    private async Task SendAsync(int bytes)
    {
        for (var i = 0; i < Messages; i++)
        {
            await Topics.SendAsync(_partition.Topic, 0, "key", new byte[bytes]);
        }
    }

    // How many messages came up to an offset, of a partition that is read by nobody until something has happened after it was opened.
    private async Task<int> ReadAsync(Action<KafkaStreamOptions> configure, int end, int atLeast, Func<Task>? meanwhile = null)
    {
        var options = new KafkaStreamOptions { BootstrapServers = _broker!.BootstrapServers, Topics = { new KafkaTopicOptions { Name = _partition.Topic, Partitions = 1 } } };
        configure(options);
        var metrics = new KafkaMetrics(_meters.GetRequiredService<IMeterFactory>(), TimeProvider.System);
        using var clients = new KafkaClients(options, "kafka", _log);
        using var offsets = new KafkaOffsets(options, clients, noted => clients.Reader.Consumer.Commit(noted), _log);
        using var deadLetters = new KafkaDeadLetters("kafka", options, clients, metrics, _log);
        using var topics = new KafkaTopics("kafka", options, clients, (names, how) => clients.Admin.DescribeTopicsAsync(names, how), metrics, TimeProvider.System, _log);
        var cache = new KafkaQueueCache(_partition, options, Timeout.InfiniteTimeSpan, metrics.Partition("kafka", _partition));
        var receiver = new KafkaReceiver(_partition, cache, options, new JoiningDataAdapter(), clients, topics, offsets, offsets, deadLetters, _log);
        await receiver.Initialize(Patience);
        if (meanwhile is not null)
        {
            await StreamCluster.EventuallyAsync(() => clients.Reader.HighWatermark(_partition) > 0, "something must be fetched");
            await meanwhile();
        }

        var read = 0;
        await StreamCluster.EventuallyAsync(
            () =>
            {
                var batches = receiver.GetQueueMessagesAsync(cache.GetMaxAddCount()).GetAwaiter().GetResult();
                cache.AddToCache(batches);
                read += batches.Sum(batch => ((KafkaBatch)batch).Messages.Count);
                return cache.End >= end && read >= atLeast;
            },
            "what is left must be read");
        await receiver.Shutdown(Patience);
        return read;
    }
}
