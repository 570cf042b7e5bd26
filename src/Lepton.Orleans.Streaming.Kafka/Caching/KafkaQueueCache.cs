using System.Diagnostics.CodeAnalysis;
using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Caching;

/// <summary>
/// Batches of one partition from when they were read until every subscriber has had them. It is bounded: a full one stops the
/// reading. What lies before it is read again from the broker for whoever comes back to it.
/// </summary>
/// <remarks>Belongs to a pulling agent, whose turns do not overlap.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "Nobody disposes of caches, and a source without a timer holds nothing.")]
internal sealed class KafkaQueueCache(TopicPartition partition, KafkaStreamOptions options, TimeSpan maxDeliveryTime, PartitionMetrics metrics) : IQueueCache
{
    private readonly Dictionary<StreamId, (CacheEntry First, CacheEntry Last)> _streams = [];
    private readonly Dictionary<(StreamId StreamId, long Offset), KafkaBatch> _failed = [];
    private CacheEntry? _first;
    private CacheEntry? _last;
    private int _count;
    private long _bytes;
    private long _end;
    private long _delivered;
    private CancellationTokenSource _closing = new();

    /// <summary>Is told up to which offset everything was delivered.</summary>
    public Action<long>? OnDelivered { get; set; }

    /// <summary>Reads again for subscribers that come back.</summary>
    public PartitionRewind? Rewind { get; set; }

    public TopicPartition Partition => partition;

    public PartitionMetrics Metrics => metrics;

    /// <summary>How many messages wait.</summary>
    public int Count => _count;

    /// <summary>What the waiting messages weigh.</summary>
    public long Bytes => _bytes;

    /// <summary>The offset after the last message that was read.</summary>
    public long End => _end;

    /// <summary>The offset from which on everything is here or still to come.</summary>
    public long Low => _first?.FirstOffset ?? _end;

    /// <summary>Whether the partition was given away: what is not delivered yet is another silo's.</summary>
    public bool IsClosed => _closing.IsCancellationRequested;

    /// <summary>Comes when the partition is given away.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Nothing counts as delivered from now on, nor as failed: a delivery that ends with its silo will be made by another.</summary>
    public void Close()
    {
        OnDelivered = null;
        _closing.Cancel();
    }

    /// <summary>Begins empty at an offset.</summary>
    public void StartAt(long offset)
    {
        _end = _delivered = offset;
        if (IsClosed)
        {
            _closing = new CancellationTokenSource();
        }
    }

    /// <summary>Passes over a message that nobody will get. Nothing may be on its way to the cache meanwhile.</summary>
    public void Skip(long offset) => _end = offset + 1;

    /// <summary>How many messages may be added.</summary>
    public int Room => _count >= options.CacheSize || _bytes >= options.CacheBytes ? 0 : Math.Min(options.BatchSize, options.CacheSize - _count);

    /// <summary>How many bytes one reading may add, and a little more: its last message may be of any size.</summary>
    /// <remarks>No more than half of what there is room for in all, for what is read at once may be delivered at once.</remarks>
    public long RoomBytes => Math.Min(options.CacheBytes - _bytes, options.CacheBytes / 2);

    /// <inheritdoc/>
    /// <remarks>A full cache says 1 while something is read again: an agent asks for nothing else where it may add nothing.</remarks>
    public int GetMaxAddCount()
    {
        Purge();
        return Rewind is { IsActive: true } ? Math.Max(1, Room) : Room;
    }

    /// <inheritdoc/>
    public bool IsUnderPressure() => GetMaxAddCount() == 0;

    /// <inheritdoc/>
    public void AddToCache(IList<IBatchContainer> messages)
    {
        foreach (var container in messages)
        {
            if (container is KafkaBatch batch)
            {
                Add(new CacheEntry(batch));
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Nobody needs to hear of what was purged: <see cref="OnDelivered"/> says how far delivery has come.</remarks>
    public bool TryPurgeFromCache(out IList<IBatchContainer> purgedItems)
    {
        Purge();
        purgedItems = [];
        return false;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The token of a batch is what a subscriber has had, perhaps from another silo that had cut its batches otherwise: the agent
    /// passes over no more than what ends there.
    /// </remarks>
    public IQueueCacheCursor GetCacheCursor(StreamId streamId, StreamSequenceToken? token)
    {
        var cursor = new KafkaCacheCursor(this, streamId, token?.SequenceNumber ?? _end);
        if (token is not null and not KafkaBatchToken && token.SequenceNumber < Low && Rewind is { } rewind)
        {
            rewind.Begin(cursor);
        }
        else
        {
            cursor.Attach();
        }

        return cursor;
    }

    /// <inheritdoc/>
    public QueueCacheCursorResult<IQueueCacheCursor> TryGetCacheCursorAtPosition(StreamId streamId, StreamSubscriptionStartPosition startPosition)
    {
        var cursor = new KafkaCacheCursor(this, streamId, startPosition == StreamSubscriptionStartPosition.Latest ? _end : Low);
        cursor.Attach();
        return QueueCacheCursorResult<IQueueCacheCursor>.FromCursor(cursor);
    }

    /// <summary>
    /// Is called when the partition is given away, while cursors still stand where they stand: the last moment to say how far
    /// delivery has come. Every subscriber has had what lies up to the earliest token, even the batch that its cursor stands on.
    /// </summary>
    /// <remarks>
    /// An agent that stops lays in what it had just read and tells nobody: that no cursor stands there does not mean then that
    /// nobody wants it.
    /// </remarks>
    public void UpdateDeliveryProgress(StreamSequenceToken? earliestSubscriptionToken, DateTime utcNow)
    {
        Purge(onlyReached: true);
        if (!IsClosed && earliestSubscriptionToken is KafkaBatchToken { SequenceNumber: var last } && last >= _delivered && last < _end)
        {
            Report(last + 1);
        }
    }

    /// <summary>Whether so much time is more than a delivery may take.</summary>
    public bool IsGivenUp(TimeSpan tried) => maxDeliveryTime > TimeSpan.Zero && tried >= maxDeliveryTime;

    /// <summary>Notes a batch that its subscriber did not take.</summary>
    public void Fail(KafkaBatch batch) => _failed[(batch.StreamId, batch.LastOffset)] = batch;

    /// <summary>Takes a batch that was noted.</summary>
    public KafkaBatch? TakeFailed(StreamId streamId, StreamSequenceToken token) =>
        _failed.Remove((streamId, token.SequenceNumber), out var batch) ? batch : null;

    /// <summary>The first entry of a stream that ends at an offset or after it.</summary>
    public CacheEntry? FirstOf(StreamId streamId, long offset)
    {
        var entry = _streams.TryGetValue(streamId, out var ends) ? ends.First : null;
        while (entry is not null && entry.LastOffset < offset)
        {
            entry = entry.NextInStream;
        }

        return entry;
    }

    private void Add(CacheEntry entry)
    {
        if (_last is null)
        {
            _first = entry;
        }
        else
        {
            _last.Next = entry;
        }

        _last = entry;
        _end = entry.LastOffset + 1;
        _count += entry.Batch.Messages.Count;
        _bytes += entry.Bytes;
        if (_streams.TryGetValue(entry.Batch.StreamId, out var ends))
        {
            ends.Last.NextInStream = entry;
            _streams[entry.Batch.StreamId] = (ends.First, entry);
        }
        else
        {
            _streams[entry.Batch.StreamId] = (entry, entry);
        }
    }

    private void Purge(bool onlyReached = false)
    {
        if (IsClosed)
        {
            return;
        }

        for (var entry = _first; entry is { Cursors: 0 } && (entry.WasReached || !onlyReached); entry = _first)
        {
            _first = entry.Next;
            _count -= entry.Batch.Messages.Count;
            _bytes -= entry.Bytes;
            metrics.Delivered(entry.Batch.Messages);
            if (entry.NextInStream is { } next)
            {
                _streams[entry.Batch.StreamId] = (next, _streams[entry.Batch.StreamId].Last);
            }
            else
            {
                _streams.Remove(entry.Batch.StreamId);
            }
        }

        if (_first is null)
        {
            _last = null;
        }

        metrics.Position = Low;
        Report(Math.Min(Low, Rewind?.Missing ?? Low));
    }

    // Who takes the partition over begins there: what is read again for somebody counts as missing until he has had it.
    private void Report(long offset)
    {
        _delivered = offset;
        OnDelivered?.Invoke(offset);
    }
}
