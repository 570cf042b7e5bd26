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
    private readonly List<KafkaCacheCursor> _cursors = [];
    private PartitionFeed? _feed;
    private long _position;

    /// <summary>Whether anything is read again.</summary>
    public bool IsActive => _cursors.Count > 0;

    /// <summary>Begins to read again for a cursor.</summary>
    public void Begin(KafkaCacheCursor cursor)
    {
        cursor.IsRewinding = true;
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
            LeaveWhenDone();
        }
    }

    /// <summary>Hands out what has been read again, as far as those who get it have room.</summary>
    /// <returns>What woke a stream.</returns>
    public List<IBatchContainer> Pump()
    {
        var woken = new List<IBatchContainer>();
        for (var count = 0; count < options.BatchSize && _cursors.TrueForAll(c => c.Waiting < options.BatchSize) && _feed?.Peek() is { } message; count++)
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
                foreach (var cursor in _cursors)
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
                foreach (var cursor in _cursors)
                {
                    cursor.IsRewinding = false;
                    cursor.Attach();
                }

                _cursors.Clear();
                LeaveWhenDone();
            }
        }

        return woken;
    }

    /// <summary>Waits a moment for something to hand out.</summary>
    public Task WaitAsync(TimeSpan time, CancellationToken cancellationToken) => _feed?.WaitAsync(time, cancellationToken) ?? Task.CompletedTask;

    private void LeaveWhenDone()
    {
        if (_cursors.Count == 0 && _feed is not null)
        {
            poller().Leave(_feed);
            _feed = null;
        }
    }
}
