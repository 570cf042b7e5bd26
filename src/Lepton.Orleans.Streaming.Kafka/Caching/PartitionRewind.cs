using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Caching;

/// <summary>
/// Reads a partition again for the subscribers that came back to what lies before the cache: once for all of them, from the
/// earliest offset that one wants to where the cache begins.
/// </summary>
internal sealed class PartitionRewind(KafkaQueueCache cache, Func<KafkaPoller> poller, KafkaStreamOptions options, Func<ConsumeResult<byte[]?, byte[]?>, KafkaBatch?> read)
{
    // Those that are read for, and those that still have to be given what was read.
    private readonly List<KafkaCacheCursor> _cursors = [];
    private PartitionFeed? _feed;
    private long _position;

    /// <summary>Whether anything is read again.</summary>
    public bool IsActive => _feed is not null;

    /// <summary>Whether it goes back to what counts as delivered, so that nothing is handed out until that is taken back.</summary>
    public bool IsUnreported { get; set; }

    /// <summary>The first offset that somebody may not have had of what is read again; <see langword="null"/>: there is none.</summary>
    public long? Missing
    {
        get
        {
            _cursors.RemoveAll(cursor => cursor.Missing is null);
            return _cursors.Count == 0 ? null : _cursors.Min(cursor => cursor.Missing);
        }
    }

    /// <summary>Begins to read again for a cursor.</summary>
    public void Begin(KafkaCacheCursor cursor)
    {
        cursor.IsRewinding = IsUnreported = true;
        _cursors.Add(cursor);
        if (_feed is null || cursor.Next < _position)
        {
            _position = cursor.Next;
            _feed = new PartitionFeed(cache.Partition, options.BatchSize, options.CacheBytes / 2, feed => poller().Resume(feed));
            poller().Read(_feed, new Offset(Math.Max(0, _position)));
        }
    }

    /// <summary>Stops to read again for a cursor.</summary>
    public void End(KafkaCacheCursor cursor)
    {
        if (_cursors.Remove(cursor))
        {
            cursor.IsRewinding = false;
            if (!_cursors.Exists(other => other.IsRewinding))
            {
                Leave();
            }
        }
    }

    /// <summary>Hands out what has been read again, as far as those who get it have room.</summary>
    /// <returns>What woke a stream.</returns>
    public List<IBatchContainer> Pump()
    {
        var woken = new List<IBatchContainer>();
        for (var count = 0; count < options.BatchSize && !IsUnreported && _cursors.TrueForAll(HasRoom) && _feed?.Peek() is { } message; count++)
        {
            _feed.Take();
            if (message.IsPartitionEOF)
            {
                // Behind what stands here are at most marks of transactions.
                _position = Math.Max(_position, cache.Low);
            }
            else
            {
                _position = message.Offset.Value + 1;
                var batch = read(message);
                var isWanted = false;
                foreach (var cursor in _cursors.Where(c => c.IsRewinding))
                {
                    isWanted |= cursor.Replay(message.Offset.Value, batch);
                }

                if (isWanted)
                {
                    woken.Add(new ReplayNotice(batch!));
                }
            }

            if (_position >= cache.Low)
            {
                foreach (var cursor in _cursors.Where(c => c.IsRewinding))
                {
                    cursor.IsRewinding = false;
                    cursor.Attach();
                }

                Leave();
            }
        }

        return woken;
    }

    /// <summary>Waits a moment for something to hand out.</summary>
    public Task WaitAsync(TimeSpan time, CancellationToken cancellationToken) => _feed?.WaitAsync(time, cancellationToken) ?? Task.CompletedTask;

    private bool HasRoom(KafkaCacheCursor cursor) => !cursor.IsRewinding || (cursor.Waiting < options.BatchSize && cursor.WaitingBytes < options.CacheBytes / 2);

    private void Leave()
    {
        if (_feed is not null)
        {
            poller().Leave(_feed);
            _feed = null;
        }
    }
}
