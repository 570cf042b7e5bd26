using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Selection;

namespace Lepton.Orleans.Engine.Training;

/// <summary>The bounded row of an accumulator: its largest entries, equal ones by rising item.</summary>
internal static class RowSelection
{
    public static NeighbourRow Largest(int row, SparseAccumulator sums, int capacity)
    {
        var touched = sums.Touched;
        var keys = new ulong[touched.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = ScoreKey.Of(sums.Values[touched[i]], touched[i]);
        }

        return Largest(row, keys, capacity);
    }

    public static NeighbourRow Largest(int row, Span<ulong> keys, int capacity)
    {
        var count = Math.Min(capacity, keys.Length);
        Quickselect.PartitionGreatest(keys, count);
        var kept = keys[..count];
        kept.Sort();
        kept.Reverse();
        var items = new int[count];
        var weights = new float[count];
        for (var i = 0; i < count; i++)
        {
            items[i] = ScoreKey.Item(kept[i]);
            weights[i] = ScoreKey.Score(kept[i]);
        }

        return new NeighbourRow(row, items, weights);
    }
}
