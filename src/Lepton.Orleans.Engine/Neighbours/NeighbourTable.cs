using System.Runtime.InteropServices;
using Lepton.Orleans.Engine.LinearAlgebra;

namespace Lepton.Orleans.Engine.Neighbours;

/// <summary>
/// An immutable table of bounded neighbour lists, one per item. Rows are kept in segments of flat arrays, so that a
/// table of a million rows is a few thousand objects to the garbage collector, and a new version shares every segment
/// that its delta did not touch.
/// </summary>
public sealed class NeighbourTable
{
    // 32 rows of 200 neighbours are 51 kB: small enough to copy per delta and to stay off the large object heap.
    private const int SegmentShift = 5;
    private const int SegmentRows = 1 << SegmentShift;

    // A segment is one array: where each row starts and the last ends, then row by row its items and the bits of its
    // weights. What a row needs is found with one read, and lies together.
    private readonly int[]?[] _segments;

    private NeighbourTable(int[]?[] segments, int rowCount)
    {
        _segments = segments;
        RowCount = rowCount;
    }

    /// <summary>The table without rows.</summary>
    public static NeighbourTable Empty { get; } = new([], 0);

    /// <summary>One more than the highest row that was ever set; rows in between may be empty.</summary>
    public int RowCount { get; }

    /// <summary>The number of neighbours in all rows together.</summary>
    public long EntryCount => _segments.Sum(static s => s is null ? 0L : (s.Length - SegmentRows - 1) / 2);

    /// <summary>A table of these rows; of two for one item the later wins.</summary>
    /// <exception cref="ArgumentException">A row is negative, or its items and weights differ in length.</exception>
    public static NeighbourTable From(IReadOnlyCollection<NeighbourRow> rows) => Empty.With(rows);

    /// <summary>The neighbours of a row, the weightiest first; empty for a row that the table does not hold.</summary>
    public ReadOnlySpan<int> Items(int row)
    {
        var entries = Entries(row);
        return entries[..(entries.Length / 2)];
    }

    /// <summary>The weights of a row, in the order of <see cref="Items"/>; empty for a row that the table does not hold.</summary>
    public ReadOnlySpan<float> Weights(int row)
    {
        var entries = Entries(row);
        return MemoryMarshal.Cast<int, float>(entries[(entries.Length / 2)..]);
    }

    /// <summary>Hints that a row will be looked for soon.</summary>
    internal void Announce(int row)
    {
        if ((uint)row < (uint)RowCount && _segments[row >> SegmentShift] is { } segment)
        {
            Prefetch.Run(new ReadOnlySpan<int>(segment, row & (SegmentRows - 1), 1));
        }
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

        var segments = new int[]?[(rowCount + SegmentRows - 1) >> SegmentShift];
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

    private static void Apply(int[]?[] segments, int index, NeighbourRow?[] pending)
    {
        if (index < 0)
        {
            return;
        }

        segments[index] = Merge(segments[index], pending);
        Array.Clear(pending);
    }

    private static int[] Merge(int[]? old, NeighbourRow?[] pending)
    {
        Span<int> starts = stackalloc int[SegmentRows + 1];
        starts[0] = SegmentRows + 1;
        for (var row = 0; row < SegmentRows; row++)
        {
            starts[row + 1] = starts[row] + (pending[row] is { } fresh ? 2 * fresh.Items.Length : EntriesOf(old, row).Length);
        }

        var segment = new int[starts[SegmentRows]];
        starts.CopyTo(segment);
        for (var row = 0; row < SegmentRows; row++)
        {
            var target = segment.AsSpan(starts[row], starts[row + 1] - starts[row]);
            if (pending[row] is { } fresh)
            {
                fresh.Items.CopyTo(target);
                MemoryMarshal.Cast<float, int>(fresh.Weights).CopyTo(target[fresh.Items.Length..]);
            }
            else
            {
                EntriesOf(old, row).CopyTo(target);
            }
        }

        return segment;
    }

    private static ReadOnlySpan<int> EntriesOf(int[]? segment, int row) =>
        segment is null ? [] : segment.AsSpan(segment[row], segment[row + 1] - segment[row]);

    private ReadOnlySpan<int> Entries(int row) =>
        (uint)row < (uint)RowCount ? EntriesOf(_segments[row >> SegmentShift], row & (SegmentRows - 1)) : [];
}
