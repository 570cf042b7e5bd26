using System.Runtime.ExceptionServices;
using Lepton.Orleans.Silo.Apis.Problems;

namespace Lepton.Orleans.Silo.Apis.Grains;

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
    public static async Task<int> RunAsync<T>(IReadOnlyList<T> groups, string noun, Func<T, int> rowsOf, Func<T, Task<int>> write)
    {
        var progress = new Progress();
        var workers = new Task[Math.Min(groups.Count, MaxInFlight)];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = WorkAsync(groups, rowsOf, write, progress);
        }

        await Task.WhenAll(workers);
        if (progress.Failure is not { } failure)
        {
            return progress.Changed;
        }

        if (ProblemMapping.IsInterruption(failure))
        {
            throw new InterruptedBatchException(groups.Sum(rowsOf), progress.Rows, noun, groups.Count, progress.Groups, failure);
        }

        ExceptionDispatchInfo.Throw(failure);
        return 0;
    }

    private static async Task WorkAsync<T>(IReadOnlyList<T> groups, Func<T, int> rowsOf, Func<T, Task<int>> write, Progress progress)
    {
        while (progress.Failure is null && progress.TakeNext() is var index && index < groups.Count)
        {
            try
            {
                var changed = await write(groups[index]);
                progress.Kept(rowsOf(groups[index]), changed);
            }
            catch (Exception exception)
            {
                progress.Fail(exception);
            }
        }
    }

    private sealed class Progress
    {
        private int next = -1;
        private int rows;
        private int groups;
        private int changed;
        private Exception? failure;

        public int Rows => rows;

        public int Groups => groups;

        public int Changed => changed;

        public Exception? Failure => Volatile.Read(ref failure);

        public int TakeNext() => Interlocked.Increment(ref next);

        public void Kept(int groupRows, int groupChanged)
        {
            _ = Interlocked.Add(ref rows, groupRows);
            _ = Interlocked.Increment(ref groups);
            _ = Interlocked.Add(ref changed, groupChanged);
        }

        public void Fail(Exception exception) => _ = Interlocked.CompareExchange(ref failure, exception, null);
    }
}
