using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka.Caching;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Lepton.Orleans.Streaming.Kafka.DeadLetters;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Providers.Streams.Common;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Units;

public sealed class QueueCacheTests
{
    private static readonly TopicPartition Partition = new("orders", 0);
    private readonly KafkaQueueCache _cache;
    private long _delivered = -1;

    public QueueCacheTests() => _cache = CacheOf(TimeSpan.FromMinutes(1));

    [Fact]
    public void A_stream_sees_its_own_messages_in_order()
    {
        Add("a", 100);
        Add("b", 101);
        Add("a", 102);
        using var cursor = Cursor("a", 100);

        Assert.Equal([100, 102], Drain(cursor));
    }

    [Fact]
    public void What_a_cursor_has_not_passed_is_kept_and_not_reported_as_delivered()
    {
        Add("a", 100);
        Add("b", 101);
        Add("a", 102);
        using var cursor = Cursor("a", 100);
        Assert.True(cursor.MoveNext());
        _cache.GetMaxAddCount();
        Assert.Equal((3, 100), (_cache.Count, _delivered));

        Assert.True(cursor.MoveNext());
        _cache.GetMaxAddCount();
        Assert.Equal((1, 102), (_cache.Count, _delivered));

        Assert.False(cursor.MoveNext());
        _cache.GetMaxAddCount();
        Assert.Equal((0, 103), (_cache.Count, _delivered));
    }

    [Fact]
    public void A_hand_over_reports_the_batch_that_was_delivered_last()
    {
        Add("a", 100);
        Add("a", 101);
        using var cursor = Cursor("a", 100);
        Assert.True(cursor.MoveNext());
        _cache.UpdateDeliveryProgress(new KafkaBatchToken(100), DateTime.UtcNow);

        Assert.Equal(101, _delivered);
    }

    [Fact]
    public void A_hand_over_does_not_report_what_was_read_last_and_shown_to_nobody()
    {
        Add("a", 100);
        using var cursor = Cursor("a", 100);
        Assert.Equal([100], Drain(cursor));

        // An agent that stops tells no cursor of what it had just read.
        Add("a", 101);
        _cache.UpdateDeliveryProgress(new KafkaBatchToken(100), DateTime.UtcNow);
        Assert.Equal(101, _delivered);

        _cache.UpdateDeliveryProgress(null, DateTime.UtcNow);
        Assert.Equal(101, _delivered);
    }

    [Fact]
    public void A_hand_over_does_not_report_the_event_that_a_subscriber_came_back_to()
    {
        Add("a", 100);
        Add("a", 101);
        using var cursor = Cursor("a", 100);
        Assert.True(cursor.MoveNext());
        Assert.True(cursor.MoveNext());
        _cache.UpdateDeliveryProgress(new EventSequenceTokenV2(101), DateTime.UtcNow);

        Assert.Equal(101, _delivered);
    }

    [Theory]
    [InlineData(99, new long[] { 100, 101 })]
    [InlineData(100, new long[] { 101 })]
    [InlineData(101, new long[0])]
    [InlineData(102, new long[0])]
    public void What_lies_behind_a_subscriber_s_token_is_not_passed_over_with_the_batch_that_it_has_had(long had, long[] expected)
    {
        Add("a", 100);
        Add("a", 101);

        // As a pulling agent does that learns from a subscriber how far another silo has come: it passes over what ends there.
        using var cursor = Cursor("a", had);

        Assert.Equal(expected, Drain(cursor).Where(offset => offset > had));
    }

    [Fact]
    public void Of_a_partition_that_was_given_away_nothing_counts_as_delivered_any_more()
    {
        Add("a", 100);
        Add("a", 101);
        using var cursor = Cursor("a", 100);
        Assert.True(cursor.MoveNext());
        _cache.Close();

        Assert.False(cursor.MoveNext());
        _cache.UpdateDeliveryProgress(new KafkaBatchToken(101), DateTime.UtcNow);
        _cache.GetMaxAddCount();
        Assert.True(_delivered <= 100);
    }

    [Fact]
    public void A_full_cache_takes_no_more_until_there_is_room()
    {
        using var slow = Cursor("a", 100);
        Add("a", 100);
        slow.Refresh(new KafkaBatchToken(100));
        for (var offset = 101; offset < 110; offset++)
        {
            Add("a", offset);
        }

        Assert.Equal((0, true), (_cache.GetMaxAddCount(), _cache.IsUnderPressure()));
        for (var i = 0; i < 3; i++)
        {
            Assert.True(slow.MoveNext());
        }

        Assert.Equal(2, _cache.GetMaxAddCount());
    }

    [Fact]
    public void Bytes_fill_a_cache_too()
    {
        using var slow = Cursor("a", 100);
        Add("a", 100, bytes: 1 << 20);
        slow.Refresh(new KafkaBatchToken(100));

        Assert.Equal(0, _cache.GetMaxAddCount());
    }

    [Fact]
    public void A_cursor_that_reached_the_end_goes_on_with_what_comes()
    {
        using var cursor = Cursor("a", 100);
        Add("a", 100);
        Assert.Equal([100], Drain(cursor));
        _cache.GetMaxAddCount();
        Add("b", 101);
        Add("a", 102);
        cursor.Refresh(new KafkaBatchToken(102));

        Assert.Equal([102], Drain(cursor));
    }

    [Fact]
    public void Messages_without_a_subscriber_are_not_kept()
    {
        Add("a", 100);
        Add("b", 101);
        _cache.GetMaxAddCount();

        Assert.Equal((0, 102), (_cache.Count, _delivered));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(60_000, false)]
    [InlineData(-1, false)]
    [InlineData(0, false)]
    public void A_delivery_has_failed_when_its_time_is_over_and_not_when_its_agent_stops(int maxMilliseconds, bool hasFailed)
    {
        var cache = CacheOf(TimeSpan.FromMilliseconds(maxMilliseconds));
        Add("a", 100, cache: cache);
        using var cursor = (KafkaCacheCursor)cache.GetCacheCursor(StreamId.Create("orders", "a"), new KafkaBatchToken(100));
        Assert.True(cursor.MoveNext());
        Thread.Sleep(2);
        cursor.RecordDeliveryFailure();

        Assert.Equal(hasFailed, cache.TakeFailed(cursor.StreamId, new KafkaBatchToken(100)) is not null);
    }

    [Fact]
    public async Task Who_gives_a_partition_away_sends_no_dead_letters_of_it_any_more()
    {
        using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var options = new KafkaStreamOptions { BootstrapServers = "127.0.0.1:9", DeadLetterTopic = "dead", ProduceTimeout = TimeSpan.FromSeconds(1) };
        using var clients = new KafkaClients(options, "kafka", NullLogger.Instance);
        using var letters = new KafkaDeadLetters("kafka", options, clients, new KafkaMetrics(meters.GetRequiredService<IMeterFactory>(), TimeProvider.System), NullLogger.Instance);
        var handler = new KafkaFailureHandler(() => _cache, letters);
        Add("a", 100);
        using var cursor = Cursor("a", 100);
        Assert.True(cursor.MoveNext());
        _cache.Fail((KafkaBatch)cursor.GetCurrent(out _)!);

        var sending = handler.OnDeliveryFailure(GuidId.GetGuidId(Guid.NewGuid()), "kafka", StreamId.Create("orders", "a"), new KafkaBatchToken(100));
        Assert.False(sending.IsCompleted);
        _cache.Close();
        await sending.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private KafkaQueueCache CacheOf(TimeSpan maxDeliveryTime)
    {
        var metrics = new KafkaMetrics(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>(), TimeProvider.System);
        var options = new KafkaStreamOptions { BatchSize = 4, CacheSize = 10, CacheBytes = 1 << 20 };
        var cache = new KafkaQueueCache(Partition, options, maxDeliveryTime, metrics.Partition("kafka", Partition)) { OnDelivered = offset => _delivered = offset };
        cache.StartAt(100);
        return cache;
    }

    private void Add(string stream, long offset, int bytes = 10, KafkaQueueCache? cache = null)
    {
        var batch = new JsonKafkaBatch(StreamId.Create("orders", stream), offset, []);
        batch.ReadFrom(new ConsumeResult<byte[]?, byte[]?>
        {
            TopicPartitionOffset = new TopicPartitionOffset(Partition, offset), Message = new Message<byte[]?, byte[]?> { Value = new byte[bytes] },
        }, "");
        (cache ?? _cache).AddToCache([batch]);
    }

    private KafkaCacheCursor Cursor(string stream, long offset) => (KafkaCacheCursor)_cache.GetCacheCursor(StreamId.Create("orders", stream), new KafkaBatchToken(offset));

    private static List<long> Drain(KafkaCacheCursor cursor)
    {
        var offsets = new List<long>();
        while (cursor.MoveNext())
        {
            offsets.Add(cursor.GetCurrent(out _)!.SequenceToken.SequenceNumber);
        }

        return offsets;
    }
}
