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
        var items = new int[Math.Min(capacity, keys.Length)];
        var weights = new float[items.Length];
        Largest(keys, items, weights);
        return new NeighbourRow(row, items, weights);
    }

    public static int Largest(Span<ulong> keys, Span<int> items, Span<float> weights)
    {
        var count = Math.Min(items.Length, keys.Length);
        Quickselect.PartitionGreatest(keys, count);
        var kept = keys[..count];
        kept.Sort();
        for (var i = 0; i < count; i++)
        {
            items[i] = ScoreKey.Item(kept[count - 1 - i]);
            weights[i] = ScoreKey.Score(kept[count - 1 - i]);
        }

        return count;
    }
}
