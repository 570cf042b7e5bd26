using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>
/// What <see cref="GroupCommit"/> writes and confirms as a whole: a frame for a record's journal, where there is one, and an
/// id for indexes.
/// </summary>
internal abstract class Commit
{
    private int _left;
    private bool _isRefused;

    /// <summary>The record whose journal grows; of no meaning without a <see cref="Fence"/>.</summary>
    public RedisKey Record { get; protected init; }

    /// <summary>The writer's right to the record, or <see langword="null"/> where only indexes are written.</summary>
    public Fence? Fence { get; protected init; }

    /// <summary>The frame.</summary>
    public byte[] Frame { get; protected init; } = [];

    /// <summary>The indexes.</summary>
    public IReadOnlyList<RedisKey> Indexes { get; protected init; } = [];

    /// <summary>What is added to them.</summary>
    public RedisValue Member { get; protected init; }

    /// <summary>How many keys are written, a journal counting as one.</summary>
    public int Parts => Indexes.Count + (Fence is null ? 0 : 1);

    /// <summary>The store has confirmed everything. Called once, by any thread; must neither block nor throw.</summary>
    /// <param name="kept">False: the fence is not the writer's any more, and the frame was not appended.</param>
    protected abstract void OnDone(bool kept);

    /// <summary>The store did not confirm: all, some or none of it was kept. Called at most once, instead of <see cref="OnDone"/>.</summary>
    protected abstract void OnFailed(Exception exception);

    /// <summary>Says in how many pieces the store is going to confirm.</summary>
    internal void Expect(int pieces) => _left = pieces;

    /// <summary>A piece was confirmed.</summary>
    internal void PieceDone(bool kept)
    {
        // Pieces may be done in parallel, so nothing is read here and written back.
        if (!kept)
        {
            _isRefused = true;
        }

        if (Interlocked.Decrement(ref _left) != 0)
        {
            return;
        }

        if (!_isRefused && Fence is not null)
        {
            Fence.MayCreate = false;
        }

        OnDone(!_isRefused);
    }

    /// <summary>A piece was not confirmed; the pieces that are still to come do not count any more.</summary>
    internal void PieceFailed(Exception exception)
    {
        if (Interlocked.Exchange(ref _left, -1) > 0)
        {
            OnFailed(exception);
        }
    }
}
