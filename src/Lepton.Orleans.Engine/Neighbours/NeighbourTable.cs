namespace Lepton.Orleans.Engine.Neighbours;

/// <summary>
/// An immutable table of bounded neighbour lists, one per item. Rows are kept in segments of flat arrays, so that a
/// table of a million rows is a few thousand objects to the garbage collector, and a new version shares every segment
/// that its delta did not touch.
/// </summary>
public sealed class NeighbourTable
{
    // 64 rows of 200 neighbours are 51 kB an array: small enough to copy per delta and to stay off the large object heap.
    private const int SegmentShift = 6;
    private const int SegmentRows = 1 << SegmentShift;

    private readonly Segment?[] _segments;

    private NeighbourTable(Segment?[] segments, int rowCount)
    {
        _segments = segments;
        RowCount = rowCount;
    }

    /// <summary>The table without rows.</summary>
    public static NeighbourTable Empty { get; } = new([], 0);

    /// <summary>One more than the highest row that was ever set; rows in between may be empty.</summary>
    public int RowCount { get; }

    /// <summary>The number of neighbours in all rows together.</summary>
    public long EntryCount => _segments.Sum(static s => s is null ? 0L : s.Items.Length);

    /// <summary>A table of these rows; of two for one item the later wins.</summary>
    /// <exception cref="ArgumentException">A row is negative, or its items and weights differ in length.</exception>
    public static NeighbourTable From(IReadOnlyCollection<NeighbourRow> rows) => Empty.With(rows);

    /// <summary>The neighbours of a row, the weightiest first; empty for a row that the table does not hold.</summary>
    public ReadOnlySpan<int> Items(int row)
    {
        if ((uint)row >= (uint)RowCount || _segments[row >> SegmentShift] is not { } segment)
        {
            return [];
        }

        var index = row & (SegmentRows - 1);
        var start = segment.Offsets[index];
        return segment.Items.AsSpan(start, segment.Offsets[index + 1] - start);
    }

    /// <summary>The weights of a row, in the order of <see cref="Items"/>; empty for a row that the table does not hold.</summary>
    public ReadOnlySpan<float> Weights(int row)
    {
        if ((uint)row >= (uint)RowCount || _segments[row >> SegmentShift] is not { } segment)
        {
            return [];
        }

        var index = row & (SegmentRows - 1);
        var start = segment.Offsets[index];
        return segment.Weights.AsSpan(start, segment.Offsets[index + 1] - start);
    }

    /// <summary>The weight of one neighbour in a row, or 0.</summary>
    public float Weight(int row, int item)
    {
        var index = Items(row).IndexOf(item);
        return index < 0 ? 0f : Weights(row)[index];
    }

    /// <summary>
    /// This table with some rows replaced; an empty row removes one. Copies only the segments that hold these rows.
    /// </summary>
    /// <param name="rows">The new rows; of two for one item the later wins.</param>
    /// <exception cref="ArgumentException">A row is negative, or its items and weights differ in length.</exception>
    public NeighbourTable With(IReadOnlyCollection<NeighbourRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0)
        {
            return this;
        }

        var rowCount = RowCount;
        foreach (var row in rows)
        {
            if (row.Row < 0 || row.Items is null || row.Weights is null || row.Items.Length != row.Weights.Length)
            {
                throw new ArgumentException(
                    $"Row {row.Row} has {row.Items?.Length ?? 0} items and {row.Weights?.Length ?? 0} weights; rows start at 0 and hold as many weights as items.",
                    nameof(rows));
            }

            rowCount = Math.Max(rowCount, row.Row + 1);
        }

        var segments = new Segment?[(rowCount + SegmentRows - 1) >> SegmentShift];
        _segments.CopyTo(segments, 0);

        // Sorting is stable (LINQ), so the later of two rows for one item comes last and wins.
        var pending = new NeighbourRow?[SegmentRows];
        var current = -1;
        foreach (var row in rows.OrderBy(static r => r.Row))
        {
            var segment = row.Row >> SegmentShift;
            if (segment != current)
            {
                Apply(segments, current, pending);
                current = segment;
            }

            pending[row.Row & (SegmentRows - 1)] = row;
        }

        Apply(segments, current, pending);
        return new NeighbourTable(segments, rowCount);
    }

    private static void Apply(Segment?[] segments, int index, NeighbourRow?[] pending)
    {
        if (index < 0)
        {
            return;
        }

        segments[index] = Segment.Merge(segments[index], pending);
        Array.Clear(pending);
    }

    private sealed class Segment(int[] offsets, int[] items, float[] weights)
    {
        public readonly int[] Offsets = offsets;
        public readonly int[] Items = items;
        public readonly float[] Weights = weights;

        public static Segment Merge(Segment? old, NeighbourRow?[] pending)
        {
            var offsets = new int[SegmentRows + 1];
            for (var row = 0; row < SegmentRows; row++)
            {
                var length = pending[row] is { } fresh ? fresh.Items.Length : old is null ? 0 : old.Offsets[row + 1] - old.Offsets[row];
                offsets[row + 1] = offsets[row] + length;
            }

            var items = new int[offsets[SegmentRows]];
            var weights = new float[offsets[SegmentRows]];
            for (var row = 0; row < SegmentRows; row++)
            {
                if (pending[row] is { } fresh)
                {
                    fresh.Items.CopyTo(items, offsets[row]);
                    fresh.Weights.CopyTo(weights, offsets[row]);
                }
                else if (old is not null)
                {
                    var length = offsets[row + 1] - offsets[row];
                    Array.Copy(old.Items, old.Offsets[row], items, offsets[row], length);
                    Array.Copy(old.Weights, old.Offsets[row], weights, offsets[row], length);
                }
            }

            return new Segment(offsets, items, weights);
        }
    }
}
