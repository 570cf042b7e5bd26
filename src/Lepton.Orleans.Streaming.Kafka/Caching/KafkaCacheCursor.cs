using System.Diagnostics;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Caching;

/// <summary>Where a subscriber stands in a partition: first in what is read again for it, where it came back, then in the cache.</summary>
internal sealed class KafkaCacheCursor(KafkaQueueCache cache, StreamId streamId, long next) : IQueueCacheCursor
{
    private readonly Queue<KafkaBatch> _replay = new();
    private CacheEntry? _entry;
    private KafkaBatch? _current;
    private bool _isEntryGiven;
    private bool _isReplayGiven;
    private long _given;

    /// <summary>The offset that it wants next.</summary>
    public long Next { get; private set; } = next;

    /// <summary>Whether messages are still read again for it.</summary>
    public bool IsRewinding { get; set; }

    /// <summary>How many batches that were read again wait for it.</summary>
    public int Waiting => _replay.Count;

    /// <summary>What they weigh.</summary>
    public long WaitingBytes { get; private set; }

    /// <summary>Before the cache: the first offset that it may not have had; <see langword="null"/> where it has had all of that.</summary>
    public long? Missing => _isReplayGiven ? _current!.FirstOffset
        : _replay.TryPeek(out var waiting) ? waiting.FirstOffset
        : IsRewinding ? Next
        : null;

    public StreamId StreamId => streamId;

    /// <inheritdoc/>
    public IBatchContainer? GetCurrent(out Exception? exception)
    {
        exception = null;
        return _current;
    }

    /// <inheritdoc/>
    public bool MoveNext()
    {
        _given = Stopwatch.GetTimestamp();
        if (_isReplayGiven = _replay.TryDequeue(out _current))
        {
            WaitingBytes -= _current!.Bytes;
            return true;
        }

        if (IsRewinding || cache.IsClosed)
        {
            return false;
        }

        if (_entry is null)
        {
            Attach();
        }
        else if (_isEntryGiven)
        {
            StandOn(_entry.NextInStream);
        }

        if (_entry is null)
        {
            return false;
        }

        _isEntryGiven = true;
        _current = _entry.Batch;
        Next = _entry.LastOffset + 1;
        return true;
    }

    /// <inheritdoc/>
    public void Refresh(StreamSequenceToken token) => Attach();

    /// <inheritdoc/>
    /// <remarks>
    /// The failure handler is asked next; unlike this, it can wait for the broker. An agent that gives up before its time is one
    /// that stops: nobody has failed then, and the next owner delivers it.
    /// </remarks>
    public void RecordDeliveryFailure()
    {
        if (_current is not null && cache.IsGivenUp(Stopwatch.GetElapsedTime(_given)))
        {
            cache.Fail(_current);
        }
    }

    /// <summary>Stands on the first batch that it wants and that is here, so that nothing from there on is forgotten.</summary>
    public void Attach()
    {
        if (_entry is null && !IsRewinding)
        {
            StandOn(cache.FirstOf(streamId, Next));
        }
    }

    /// <summary>Takes what was read again at an offset, where it wants it.</summary>
    /// <returns>Whether it did.</returns>
    public bool Replay(long offset, KafkaBatch? batch)
    {
        if (offset < Next)
        {
            return false;
        }

        Next = offset + 1;
        if (batch?.StreamId != streamId)
        {
            return false;
        }

        _replay.Enqueue(batch);
        WaitingBytes += batch.Bytes;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        cache.Rewind?.End(this);
        StandOn(null);
        _replay.Clear();
        (_current, _isReplayGiven) = (null, false);
    }

    private void StandOn(CacheEntry? entry)
    {
        if (entry is not null)
        {
            entry.Cursors++;
            entry.WasReached = true;
        }

        if (_entry is not null)
        {
            _entry.Cursors--;
        }

        (_entry, _isEntryGiven) = (entry, false);
    }
}
