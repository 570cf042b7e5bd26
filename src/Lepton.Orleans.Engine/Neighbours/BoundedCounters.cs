using System.Buffers;
using Lepton.Orleans.Engine.Binary;
using Lepton.Orleans.Engine.Selection;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Neighbours;

/// <summary>
/// Online counters with a bounded list per row. A full row gives up its smallest counters, an eighth of them at once so
/// that a newcomer costs no search for the smallest. The newcomer starts at its own weight: not at an evicted one's as
/// space-saving does (Metwally et al. 2005), which ranks accidents of the last minute above years of evidence. Not
/// thread-safe: one owner at a time.
/// </summary>
public sealed class BoundedCounters
{
    private const uint Magic = 0x3243424C; // "LBC2"
    private const int InitialSlots = 4;
    private const int EvictedPart = 8;

    private Row[] _rows = [];

    /// <summary>Counters that hold up to <paramref name="capacity"/> neighbours a row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is below 1.</exception>
    public BoundedCounters(int capacity = 200)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        Capacity = capacity;
    }

    /// <summary>The most neighbours a row holds.</summary>
    public int Capacity { get; }

    /// <summary>One more than the highest row that anything was added to; rows in between may be empty.</summary>
    public int RowCount { get; private set; }

    /// <summary>Adds to the counter of a pair.</summary>
    /// <param name="row">Whose list grows. Rows are kept in an array: numbers should be dense.</param>
    /// <param name="item">The neighbour.</param>
    /// <param name="weight">How much; counts into <see cref="Total"/> for ever, even if the pair is evicted.</param>
    /// <exception cref="ArgumentOutOfRangeException">The row is negative.</exception>
    public void Add(int row, int item, float weight)
    {
        ref var counters = ref At(row);
        counters.Total += weight;
        var index = counters.Items.AsSpan(0, counters.Count).IndexOf(item);
        if (index >= 0)
        {
            counters.Weights[index] += weight;
            return;
        }

        if (counters.Count == Capacity)
        {
            counters.Evict(Math.Max(1, Capacity / EvictedPart));
        }

        counters.Append(item, weight, Capacity);
    }

    /// <summary>The sum of all weight that was ever added to a row; 0 for one that is not there.</summary>
    public float Total(int row) => (uint)row < (uint)RowCount ? (float)_rows[row].Total : 0f;

    /// <summary>The weightiest neighbours of a row, equal weights by ascending item; an empty row if it is not there.</summary>
    /// <param name="row">The row.</param>
    /// <param name="count">The most neighbours to return.</param>
    public NeighbourRow Top(int row, int count)
    {
        if ((uint)row >= (uint)RowCount || _rows[row].Count == 0 || count <= 0)
        {
            return new NeighbourRow(row, [], []);
        }

        // One sort of packed keys: replicas ask for thousands of rows at a time.
        ref readonly var counters = ref _rows[row];
        var keys = counters.Count <= 256 ? stackalloc ulong[counters.Count] : new ulong[counters.Count];
        counters.Pack(keys);
        return RowSelection.Largest(row, keys, count);
    }

    /// <summary>Sets a row to what a build counted exactly; beyond the capacity the lightest are dropped.</summary>
    /// <param name="row">The neighbours and their weights.</param>
    /// <param name="total">The sum of all weight of the row, the dropped included.</param>
    /// <exception cref="ArgumentException">The row's items and weights differ in length, or it is negative.</exception>
    public void Replace(NeighbourRow row, double total)
    {
        if (row.Items is null || row.Weights is null || row.Items.Length != row.Weights.Length)
        {
            throw new ArgumentException($"Row {row.Row} does not hold as many weights as items.", nameof(row));
        }

        var items = row.Items.ToArray();
        var weights = row.Weights.ToArray();
        if (items.Length > Capacity)
        {
            Array.Sort(weights, items, Comparer<float>.Create(static (a, b) => b.CompareTo(a)));
            Array.Resize(ref items, Capacity);
            Array.Resize(ref weights, Capacity);
        }

        At(row.Row) = new Row { Items = items, Weights = weights, Count = items.Length, Total = total };
    }

    /// <summary>Forgets what a row holds; no-op if it is not there.</summary>
    public void Remove(int row)
    {
        if ((uint)row < (uint)RowCount)
        {
            _rows[row] = new Row();
        }
    }

    /// <summary>Writes some rows in a versioned binary form, those that hold anything; equal contents give equal bytes.</summary>
    /// <param name="writer">Receives the bytes.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many rows.</param>
    public void Write(IBufferWriter<byte> writer, int first, int count)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        var rows = _rows.AsSpan(0, RowCount)[Math.Min(first, RowCount)..];
        rows = rows[..Math.Min(count, rows.Length)];
        var output = new BinaryOutput(writer);
        output.Write(Magic);
        output.Write(CountFilled(rows));
        for (var i = 0; i < rows.Length; i++)
        {
            ref readonly var counters = ref rows[i];
            if (counters.IsFilled)
            {
                output.Write(first + i);
                output.Write(counters.Total);
                output.Write(counters.Count);
                output.Write<int>(counters.Items.AsSpan(0, counters.Count));
                output.Write<float>(counters.Weights.AsSpan(0, counters.Count));
            }
        }
    }

    /// <summary>Puts the rows that <see cref="Write"/> wrote in place of what is there; of rows with more neighbours than the capacity, the lightest are dropped.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="first">The first row that they may hold.</param>
    /// <param name="count">How many rows they may hold.</param>
    /// <exception cref="InvalidDataException">The bytes are of another kind or version, cut short, or contradict themselves.</exception>
    public void Read(ReadOnlySpan<byte> bytes, int first, int count)
    {
        var input = new BinaryInput(bytes, "bounded counters");
        input.Expect(Magic);
        for (var left = input.ReadCount(sizeof(int) + sizeof(double) + sizeof(int)); left > 0; left--)
        {
            var row = input.Read<int>();
            if (row < first || row >= first + count)
            {
                throw new InvalidDataException($"The bounded counters hold a row {row}, which is none of the {count} from {first}.");
            }

            var total = input.Read<double>();
            var neighbours = input.ReadCount(sizeof(int) + sizeof(float));
            Replace(new NeighbourRow(row, input.ReadArray<int>(neighbours), input.ReadArray<float>(neighbours)), total);
        }

        input.ExpectEnd();
    }

    private ref Row At(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        if (row >= RowCount)
        {
            if (row >= _rows.Length)
            {
                Array.Resize(ref _rows, Math.Max(row + 1, _rows.Length + (_rows.Length / 2)));
            }

            RowCount = row + 1;
        }

        return ref _rows[row];
    }

    private static int CountFilled(ReadOnlySpan<Row> rows)
    {
        var count = 0;
        foreach (ref readonly var row in rows)
        {
            count += row.IsFilled ? 1 : 0;
        }

        return count;
    }

    private struct Row
    {
        public int[] Items;
        public float[] Weights;
        public int Count;
        public double Total;

        public void Evict(int count)
        {
            var keys = Count <= 256 ? stackalloc ulong[Count] : new ulong[Count];
            Pack(keys);
            Count -= count;
            Quickselect.PartitionGreatest(keys, Count);
            for (var i = 0; i < Count; i++)
            {
                Items[i] = ScoreKey.Item(keys[i]);
                Weights[i] = ScoreKey.Score(keys[i]);
            }
        }

        public readonly void Pack(Span<ulong> keys)
        {
            for (var i = 0; i < keys.Length; i++)
            {
                keys[i] = ScoreKey.Of(Weights[i], Items[i]);
            }
        }

        public readonly bool IsFilled => Count > 0 || Total != 0;

        public void Append(int item, float weight, int capacity)
        {
            if (Items is null || Count == Items.Length)
            {
                var slots = Math.Min(capacity, Math.Max(InitialSlots, 2 * Count));
                Array.Resize(ref Items!, slots);
                Array.Resize(ref Weights!, slots);
            }

            Items[Count] = item;
            Weights[Count++] = weight;
        }
    }
}
