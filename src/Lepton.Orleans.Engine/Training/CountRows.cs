using Lepton.Orleans.Engine.Neighbours;

namespace Lepton.Orleans.Engine.Training;

/// <summary>Fills one accumulator per item and keeps the largest entries of each.</summary>
internal static class CountRows
{
    private const int BlockSize = 64;

    public static CountedRows Run(
        Interactions interactions,
        int capacity,
        Action<int, SparseAccumulator> fill,
        int parallelism,
        IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        var rows = new NeighbourRow[interactions.ItemCount];
        var totals = new float[interactions.ItemCount];
        ParallelRows.Run(
            interactions.ItemCount,
            BlockSize,
            parallelism,
            () => new SparseAccumulator(interactions.ItemCount),
            (first, end, sums) =>
            {
                for (var row = first; row < end; row++)
                {
                    fill(row, sums);
                    var total = 0.0;
                    foreach (var item in sums.Touched)
                    {
                        total += sums.Values[item];
                    }

                    totals[row] = (float)total;
                    rows[row] = RowSelection.Largest(row, sums, capacity);
                    sums.Clear();
                }
            },
            progress,
            cancellationToken);
        return new CountedRows(NeighbourTable.From(rows), totals);
    }
}
