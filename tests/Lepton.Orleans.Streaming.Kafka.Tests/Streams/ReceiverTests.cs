using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka.Adapters;
using Lepton.Orleans.Streaming.Kafka.Caching;
using Lepton.Orleans.Streaming.Kafka.Checkpoints;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Lepton.Orleans.Streaming.Kafka.Tests.Brokers;
using Lepton.Orleans.Streaming.Kafka.Tests.Clusters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Streams;

public sealed class ReceiverTests : IClassFixture<MockBroker>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly KafkaStreamOptions _options;
    private readonly KafkaClients _clients;
    private readonly KafkaMetrics _metrics = new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>(), TimeProvider.System);
    private readonly KafkaOffsets _offsets;
    private readonly KafkaDeadLetters _deadLetters;
    private readonly KafkaQueueCache _cache;
    private readonly TopicPartition _partition = new($"orders-{Guid.NewGuid():N}", 0);
    private readonly Topics _topics;

    public ReceiverTests(MockBroker broker)
    {
        _topics = new Topics(broker.BootstrapServers);
        _options = new KafkaStreamOptions
        {
            BootstrapServers = broker.BootstrapServers,
            Group = $"group-{Guid.NewGuid():N}",
            CreateTopics = false,
            TopicIds = false,
            DeadLetterTopic = $"{_partition.Topic}.dead",
            Topics = { new KafkaTopicOptions { Name = _partition.Topic, Partitions = MockBroker.Partitions } },
        };
        _clients = new KafkaClients(_options, "kafka", NullLogger.Instance);
        _offsets = new KafkaOffsets(_options, _clients, noted => _clients.Reader.Consumer.Commit(noted), NullLogger.Instance);
        _deadLetters = new KafkaDeadLetters("kafka", _options, _clients, _metrics, NullLogger.Instance);
        _cache = new KafkaQueueCache(_partition, _options, Timeout.InfiniteTimeSpan, _metrics.Partition("kafka", _partition));
    }

    [Fact]
    public async Task Who_gave_a_partition_away_does_not_report_its_lag_any_more()
    {
        await _topics.SendAsync(_partition.Topic, 0, "key", "1"u8.ToArray());
        var receiver = ReceiverOf(new JsonKafkaDataAdapter());
        await receiver.Initialize(Patience);
        await StreamCluster.EventuallyAsync(
            () =>
            {
                _cache.AddToCache(receiver.GetQueueMessagesAsync(_cache.GetMaxAddCount()).GetAwaiter().GetResult());
                return _cache.Metrics.Lag is not null;
            },
            "the lag is known");

        await receiver.Shutdown(Patience);
        Assert.Null(_cache.Metrics.Lag);
    }

    [Fact]
    public async Task Lag_grows_with_what_waits_at_the_broker_while_nothing_is_read()
    {
        const int Held = 20;
        const int Waiting = 300;
        (_options.BatchSize, _options.CacheSize) = (1, 1);
        var receiver = ReceiverOf(new JoiningDataAdapter());
        await SendAsync(Held);
        await receiver.Initialize(Patience);
        await StreamCluster.EventuallyAsync(
            () =>
            {
                _cache.AddToCache(receiver.GetQueueMessagesAsync(1).GetAwaiter().GetResult());
                return _cache.Count > 0;
            },
            "the cache is full");

        // Whoever stands on the first one keeps it.
        using var cursor = (KafkaCacheCursor)_cache.GetCacheCursor(JoiningDataAdapter.Stream, new KafkaBatchToken(0));
        cursor.Attach();
        Assert.Equal(0, _cache.GetMaxAddCount());
        await StreamCluster.EventuallyAsync(() => _cache.Metrics.Lag == Held, "the lag is known");

        await SendAsync(Waiting);
        await StreamCluster.EventuallyAsync(() => _cache.Metrics.Lag == Held + Waiting, "what waits is known");
        await receiver.Shutdown(Patience);

        async Task SendAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                await _topics.SendAsync(_partition.Topic, 0, "key", "1"u8.ToArray());
            }
        }
    }

    [Fact]
    public async Task Neither_a_reading_nor_a_delivery_nor_the_cache_takes_more_bytes_than_there_is_room_for()
    {
        const int MessageBytes = 100_000;
        _options.CacheBytes = 1 << 20;
        for (var i = 0; i < 30; i++)
        {
            await _topics.SendAsync(_partition.Topic, 0, "key", new byte[MessageBytes]);
        }

        var receiver = ReceiverOf(new JoiningDataAdapter());
        await receiver.Initialize(Patience);

        // Whoever stands on the first one keeps all that comes.
        using var cursor = (KafkaCacheCursor)_cache.GetCacheCursor(JoiningDataAdapter.Stream, new KafkaBatchToken(0));
        while (_cache.GetMaxAddCount() is > 0 and var max)
        {
            var batches = await receiver.GetQueueMessagesAsync(max, TestContext.Current.CancellationToken);
            Assert.InRange(batches.Sum(b => ((KafkaBatch)b).Bytes), 0, (_options.CacheBytes / 2) + MessageBytes + 512);
            _cache.AddToCache(batches);
            cursor.Attach();
        }

        Assert.InRange(_cache.Bytes, _options.CacheBytes, _options.CacheBytes + MessageBytes + 512);
        await receiver.Shutdown(Patience);
    }

    [Theory]
    [InlineData(1_000_100, 10, true)]
    [InlineData(10, 1_000_100, false)]
    public async Task What_is_too_large_for_a_dead_letter_goes_there_by_its_origin_and_error(int valueBytes, int headerBytes, bool hasHeaders)
    {
        var message = new ConsumeResult<byte[]?, byte[]?>
        {
            TopicPartitionOffset = new TopicPartitionOffset(_partition, 17),
            Message = new Message<byte[]?, byte[]?> { Key = "anna"u8.ToArray(), Value = new byte[valueBytes], Headers = [new Header("own", new byte[headerBytes])] },
        };
        using var patience = new CancellationTokenSource(Patience);
        await _deadLetters.SendAsync(message, new InvalidOperationException("It is poison."), patience.Token);

        var letter = Assert.Single(_topics.Read(_options.DeadLetterTopic!, MockBroker.Partitions, 1)).Message;
        Assert.Null(letter.Value);
        Assert.Equal(hasHeaders, letter.Headers.TryGetLastBytes("own", out _));
        Assert.Equal("It is poison.", Text(KafkaDeadLetters.ErrorHeader));
        Assert.Equal("17", Text(KafkaDeadLetters.OffsetHeader));
        Assert.Equal($"{valueBytes}", Text(KafkaDeadLetters.ValueBytesHeader));

        string Text(string header) => System.Text.Encoding.UTF8.GetString(letter.Headers.GetLastBytes(header));
    }

    private KafkaReceiver ReceiverOf(IKafkaDataAdapter data)
    {
        var topics = new KafkaTopics("kafka", _options, _clients, (names, how) => _clients.Admin.DescribeTopicsAsync(names, how), _metrics, TimeProvider.System, NullLogger.Instance);
        return new KafkaReceiver(_partition, _cache, _options, data, _clients, topics, _offsets, _offsets, _deadLetters, NullLogger.Instance);
    }

    public void Dispose()
    {
        _deadLetters.Dispose();
        _offsets.Dispose();
        _clients.Dispose();
        _topics.Dispose();
    }
}
