namespace Lepton.Orleans.Client.Calls;

/// <summary>How far the writes of one request have come; any thread may report.</summary>
/// <param name="noun">What the groups are: <c>users</c> or <c>items</c>.</param>
/// <param name="groups">How many groups there are, each written by one call.</param>
/// <param name="rowsOf">How many rows of the request a group holds.</param>
internal sealed class BatchProgress(string noun, int groups, Func<int, int> rowsOf)
{
    // Whoever reports the last group sends the answer: it is written without waiting for anything.
    private readonly TaskCompletionSource<int> _completion = new();
    private int _ended;
    private int _keptRows;
    private int _keptGroups;
    private int _changed;
    private Exception? _failure;

    /// <summary>How many rows changed something; ends when every group that was begun has ended.</summary>
    /// <exception cref="InterruptedBatchException">The store or the cluster did not confirm a group.</exception>
    /// <remarks>What else a group failed with is thrown as it is.</remarks>
    public Task<int> Completion => _completion.Task;

    /// <summary>Whether a group has failed, so that no further one is worth beginning.</summary>
    public bool HasFailed => Volatile.Read(ref _failure) is not null;

    /// <summary>A group is kept.</summary>
    public void Kept(int group, int changed)
    {
        Interlocked.Add(ref _keptRows, rowsOf(group));
        Interlocked.Increment(ref _keptGroups);
        Interlocked.Add(ref _changed, changed);
        End();
    }

    /// <summary>A group may have been kept or not.</summary>
    public void Fail(Exception exception)
    {
        Interlocked.CompareExchange(ref _failure, exception, null);
        End();
    }

    /// <summary>A group was not begun.</summary>
    public void Skip() => End();

    private void End()
    {
        if (Interlocked.Increment(ref _ended) < groups)
        {
            return;
        }

        if (_failure is not { } failure)
        {
            _completion.SetResult(_changed);
        }
        else if (GrainCall.IsInterruption(failure))
        {
            var rows = Enumerable.Range(0, groups).Sum(rowsOf);
            _completion.SetException(new InterruptedBatchException(rows, _keptRows, noun, groups, _keptGroups, failure));
        }
        else
        {
            _completion.SetException(failure);
        }
    }
}
