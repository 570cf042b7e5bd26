namespace Lepton.Orleans.Client.Calls;

/// <summary>Writes the groups of a batch side by side: all calls are started before any is awaited, up to a bound.</summary>
internal static class BatchWrite
{
    /// <summary>How many calls of one request are under way at once.</summary>
    public const int MaxInFlight = 512;

    /// <summary>Writes all groups.</summary>
    /// <param name="groups">What is written by one call each.</param>
    /// <param name="noun">What the groups are: <c>users</c> or <c>items</c>.</param>
    /// <param name="rowsOf">How many rows of the request a group holds.</param>
    /// <param name="write">Writes one group and says how many rows changed something.</param>
    /// <returns>How many rows changed something.</returns>
    /// <exception cref="InterruptedBatchException">A call failed: no further ones were started, and those under way were waited for.</exception>
    /// <remarks>What else a call throws is thrown as it is.</remarks>
    public static Task<int> RunAsync<T>(IReadOnlyList<T> groups, string noun, Func<T, int> rowsOf, Func<T, Task<int>> write)
    {
        if (groups.Count == 0)
        {
            return Task.FromResult(0);
        }

        var batch = new BatchProgress(noun, groups.Count, group => rowsOf(groups[group]));
        Start([.. Enumerable.Range(0, groups.Count)], batch, group => write(groups[group]));
        return batch.Completion;
    }

    /// <summary>Starts to write some groups of a batch, which is told how each one ended.</summary>
    public static void Start(IReadOnlyList<int> groups, BatchProgress batch, Func<int, Task<int>> write)
    {
        var next = new Ticket();
        for (var worker = Math.Min(groups.Count, MaxInFlight); worker > 0; worker--)
        {
            _ = WorkAsync(groups, next, batch, write);
        }
    }

    private static async Task WorkAsync(IReadOnlyList<int> groups, Ticket next, BatchProgress batch, Func<int, Task<int>> write)
    {
        for (var index = next.Take(); index < groups.Count; index = next.Take())
        {
            if (batch.HasFailed)
            {
                batch.Skip();
                continue;
            }

            try
            {
                batch.Kept(groups[index], await write(groups[index]));
            }
            catch (Exception exception)
            {
                batch.Fail(exception);
            }
        }
    }

    private sealed class Ticket
    {
        private int _next = -1;

        public int Take() => Interlocked.Increment(ref _next);
    }
}
