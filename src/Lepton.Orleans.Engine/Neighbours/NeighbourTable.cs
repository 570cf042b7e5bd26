using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Lepton.Orleans.Engine.LinearAlgebra;

namespace Lepton.Orleans.Engine.Neighbours;

/// <summary>
/// An immutable table of bounded neighbour lists, one per item. A row is one array without references; rows hang in
/// segments, so that a new version shares every row that its delta did not touch and copies nothing but the segments'
/// references to the others.
/// </summary>
public sealed class NeighbourTable
{
    private const int SegmentShift = 6;
    private const int SegmentRows = 1 << SegmentShift;

    // Of each row the items, then the bits of their weights.
    private readonly int[]?[]?[] _segments;

    private NeighbourTable(int[]?[]?[] segments, int rowCount)
    {
        _segments = segments;
        RowCount = rowCount;
    }

    /// <summary>The table without rows.</summary>
    public static NeighbourTable Empty { get; } = new([], 0);

    /// <summary>One more than the highest row that was ever set; rows in between may be empty.</summary>
    public int RowCount { get; }

    /// <summary>The number of neighbours in all rows together.</summary>
    public long EntryCount => _segments.Sum(static s => s?.Sum(static r => (r?.Length ?? 0) / 2L) ?? 0);

    /// <summary>A table of these rows; of two for one item the later wins.</summary>
    /// <exception cref="ArgumentException">A row is negative, or its items and weights differ in length.</exception>
    public static NeighbourTable From(IReadOnlyCollection<NeighbourRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var builder = Empty.ToBuilder();
        foreach (var row in rows)
        {
            builder.Set(row.Row, row.Items, row.Weights);
        }

        return builder.ToTable();
    }

    /// <summary>The neighbours of a row, the weightiest first; empty for a row that the table does not hold.</summary>
    public ReadOnlySpan<int> Items(int row) => Find(row) is { } found ? found.AsSpan(0, found.Length / 2) : [];

    /// <summary>The weights of a row, in the order of <see cref="Items"/>; empty for a row that the table does not hold.</summary>
    public ReadOnlySpan<float> Weights(int row) => Find(row) is { } found ? MemoryMarshal.Cast<int, float>(found.AsSpan(found.Length / 2)) : [];

    /// <summary>The weight of one neighbour in a row, or 0.</summary>
    public float Weight(int row, int item)
    {
        var index = Items(row).IndexOf(item);
        return index < 0 ? 0f : Weights(row)[index];
    }

    /// <summary>Hints that a row will be looked for soon: first its place, and once that has arrived its beginning.</summary>
    internal void Announce(int row, bool isPlaceKnown)
    {
        if ((uint)row >= (uint)RowCount || _segments[row >> SegmentShift] is not { } segment)
        {
            return;
        }

        // A segment is never shorter, and asking how long it is would wait for it.
        ref var place = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(segment), row & (SegmentRows - 1));
        if (!isPlaceKnown)
        {
            Prefetch.At(ref place);
        }
        else if (place is { } found)
        {
            Prefetch.At(ref MemoryMarshal.GetArrayDataReference(found));
        }
    }

    /// <summary>The next version of this table, to be changed row by row.</summary>
    public Builder ToBuilder() => new(this);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int[]? Find(int row) => (uint)row < (uint)RowCount ? _segments[row >> SegmentShift]?[row & (SegmentRows - 1)] : null;

    /// <summary>A version of a table that is being made: the cost is that of the rows that are set.</summary>
    public sealed class Builder
    {
        private readonly NeighbourTable _before;
        private int[]?[]?[] _segments;
        private int _rowCount;

        internal Builder(NeighbourTable before)
        {
            _before = before;
            _rowCount = before.RowCount;
            _segments = before._segments;
        }

        /// <summary>Replaces a row; an empty one removes it.</summary>
        /// <param name="row">The item whose row it is.</param>
        /// <param name="items">The neighbours, the weightiest first.</param>
        /// <param name="weights">Their weights.</param>
        /// <exception cref="ArgumentException">The row is negative, or there are not as many weights as items.</exception>
        public void Set(int row, ReadOnlySpan<int> items, ReadOnlySpan<float> weights)
        {
            if (row < 0 || items.Length != weights.Length)
            {
                throw new ArgumentException(
                    $"Row {row} has {items.Length} items and {weights.Length} weights; rows start at 0 and hold as many weights as items.");
            }

            _rowCount = Math.Max(_rowCount, row + 1);
            var index = row >> SegmentShift;
            if (index >= _segments.Length)
            {
                Array.Resize(ref _segments, Math.Max(index + 1, _segments.Length + (_segments.Length / 2)));
            }
            else if (ReferenceEquals(_segments, _before._segments))
            {
                _segments = [.. _segments];
            }

            ref var segment = ref _segments[index];
            if (segment is null)
            {
                segment = new int[]?[SegmentRows];
            }
            else if (index < _before._segments.Length && ReferenceEquals(segment, _before._segments[index]))
            {
                segment = [.. segment];
            }

            segment[row & (SegmentRows - 1)] = Pack(items, weights);
        }

        /// <summary>The finished version; the builder must not be used afterwards.</summary>
        public NeighbourTable ToTable() => ReferenceEquals(_segments, _before._segments) ? _before : new NeighbourTable(_segments, _rowCount);

        private static int[]? Pack(ReadOnlySpan<int> items, ReadOnlySpan<float> weights)
        {
            if (items.IsEmpty)
            {
                return null;
            }

            var packed = GC.AllocateUninitializedArray<int>(2 * items.Length);
            items.CopyTo(packed);
            MemoryMarshal.Cast<float, int>(weights).CopyTo(packed.AsSpan(items.Length));
            return packed;
        }
    }
}
