namespace Lepton.Orleans.Engine.Training;

/// <summary>
/// Work over rows that do not depend on each other, in blocks handed out to a few threads. Each row's result is a function
/// of the row alone, so the outcome is the same whatever the number of threads.
/// </summary>
internal static class ParallelRows
{
    /// <summary>Runs <paramref name="work"/> on blocks of rows.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="blockSize">Rows a block; cancellation and progress are looked at once a block.</param>
    /// <param name="parallelism">How many threads; at least 1.</param>
    /// <param name="scratch">Makes a thread's scratch memory.</param>
    /// <param name="work">First row, row after the last, scratch.</param>
    /// <param name="progress">Receives the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops the work between two blocks.</param>
    public static void Run<TScratch>(
        int rows,
        int blockSize,
        int parallelism,
        Func<TScratch> scratch,
        Action<int, int, TScratch> work,
        IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parallelism, 1);
        cancellationToken.ThrowIfCancellationRequested();
        var blocks = (rows + blockSize - 1) / blockSize;
        var next = -1;
        var done = 0;

        if (blocks > 0)
        {
            try
            {
                Parallel.For(0, Math.Min(parallelism, blocks), new ParallelOptions { MaxDegreeOfParallelism = parallelism }, _ =>
                {
                    var mine = scratch();
                    for (var block = Interlocked.Increment(ref next); block < blocks; block = Interlocked.Increment(ref next))
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        work(block * blockSize, Math.Min(rows, (block + 1) * blockSize), mine);
                        progress?.Report(Interlocked.Increment(ref done) / (double)blocks);
                    }
                });
            }
            catch (AggregateException failures) when (failures.InnerExceptions.All(static e => e is OperationCanceledException))
            {
                throw new OperationCanceledException(cancellationToken);
            }
        }
    }
}
