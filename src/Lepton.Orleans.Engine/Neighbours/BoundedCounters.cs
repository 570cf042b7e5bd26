using System.Buffers;
using System.Numerics.Tensors;
using Lepton.Orleans.Engine.Binary;
using Lepton.Orleans.Engine.Selection;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Neighbours;

/// <summary>
/// Online counters with a bounded list per row. A full row gives up its smallest counter for a newcomer, which starts at
/// its own weight: not at the evicted one's as space-saving does (Metwally et al. 2005), which ranks accidents of the
/// last minute above years of evidence. Not thread-safe: one owner at a time.
/// </summary>
public sealed class BoundedCounters
{
    private const uint Magic = 0x3143424C; // "LBC1"
    private const int InitialSlots = 4;

    private readonly Dictionary<int, Row> _rows = [];

    /// <summary>Counters that hold up to <paramref name="capacity"/> neighbours a row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is below 1.</exception>
    public BoundedCounters(int capacity = 200)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        Capacity = capacity;
    }

    /// <summary>The most neighbours a row holds.</summary>
    public int Capacity { get; }

    /// <summary>The number of rows.</summary>
    public int RowCount => _rows.Count;

    /// <summary>The rows that hold anything, in no particular order.</summary>
    public IEnumerable<int> Rows => _rows.Keys;

    /// <summary>Adds to the counter of a pair.</summary>
    /// <param name="row">The item whose list grows.</param>
    /// <param name="item">The neighbour.</param>
    /// <param name="weight">How much; counts into <see cref="Total"/> for ever, even if the pair is evicted.</param>
    public void Add(int row, int item, float weight)
    {
        if (!_rows.TryGetValue(row, out var counters))
        {
            _rows.Add(row, counters = new Row(Math.Min(InitialSlots, Capacity)));
        }

        counters.Total += weight;
        var index = counters.Items.AsSpan(0, counters.Count).IndexOf(item);
        if (index >= 0)
        {
            counters.Weights[index] += weight;
            return;
        }

        if (counters.Count < Capacity)
        {
            counters.Append(item, weight, Capacity);
            return;
        }

        index = TensorPrimitives.IndexOfMin(counters.Weights.AsSpan(0, counters.Count));
        counters.Items[index] = item;
        counters.Weights[index] = weight;
    }

    /// <summary>The sum of all weight that was ever added to a row; 0 for one that is not there.</summary>
    public float Total(int row) => _rows.TryGetValue(row, out var counters) ? (float)counters.Total : 0f;

    /// <summary>The weightiest neighbours of a row, equal weights by ascending item; an empty row if it is not there.</summary>
    /// <param name="row">The row.</param>
    /// <param name="count">The most neighbours to return.</param>
    public NeighbourRow Top(int row, int count)
    {
        if (!_rows.TryGetValue(row, out var counters) || count <= 0)
        {
            return new NeighbourRow(row, [], []);
        }

        // One sort of packed keys: replicas ask for thousands of rows at a time.
        var keys = counters.Count <= 256 ? stackalloc ulong[counters.Count] : new ulong[counters.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = ScoreKey.Of(counters.Weights[i], counters.Items[i]);
        }

        return RowSelection.Largest(row, keys, count);
    }

    /// <summary>Sets a row to what a build counted exactly; beyond the capacity the lightest are dropped.</summary>
    /// <param name="row">The neighbours and their weights.</param>
    /// <param name="total">The sum of all weight of the row, the dropped included.</param>
    /// <exception cref="ArgumentException">The row's items and weights differ in length.</exception>
    public void Replace(NeighbourRow row, float total)
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

        _rows[row.Row] = new Row(items, weights, items.Length) { Total = total };
    }

    /// <summary>Forgets a row; no-op if it is not there.</summary>
    public void Remove(int row) => _rows.Remove(row);

    /// <summary>
    /// Multiplies every counter and total. Counters forget by letting new increments grow; this brings them back into
    /// range before single precision runs out.
    /// </summary>
    public void Scale(float factor)
    {
        foreach (var counters in _rows.Values)
        {
            counters.Total *= factor;
            var weights = counters.Weights.AsSpan(0, counters.Count);
            TensorPrimitives.Multiply(weights, factor, weights);
        }
    }

    /// <summary>Writes all rows in a versioned binary form; equal contents give equal bytes.</summary>
    public void Write(IBufferWriter<byte> writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var output = new BinaryOutput(writer);
        output.Write(Magic);
        output.Write(Capacity);
        output.Write(_rows.Count);
        foreach (var (row, counters) in _rows.OrderBy(static pair => pair.Key))
        {
            output.Write(row);
            output.Write(counters.Total);
            output.Write(counters.Count);
            output.Write<int>(counters.Items.AsSpan(0, counters.Count));
            output.Write<float>(counters.Weights.AsSpan(0, counters.Count));
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are of another kind or version, cut short, or contradict themselves.</exception>
    public static BoundedCounters Read(ReadOnlySpan<byte> bytes)
    {
        var input = new BinaryInput(bytes, "bounded counters");
        input.Expect(Magic);
        var capacity = input.Read<int>();
        var rows = input.ReadCount(sizeof(int) + sizeof(double) + sizeof(int));
        if (capacity < 1)
        {
            throw new InvalidDataException($"The bounded counters state a capacity of {capacity}; it is at least 1.");
        }

        var counters = new BoundedCounters(capacity);
        for (var i = 0; i < rows; i++)
        {
            var row = input.Read<int>();
            var total = input.Read<double>();
            var count = input.ReadCount(sizeof(int) + sizeof(float));
            if (count > capacity)
            {
                throw new InvalidDataException($"Row {row} of the bounded counters holds {count} neighbours, the capacity is {capacity}.");
            }

            counters._rows[row] = new Row(input.ReadArray<int>(count), input.ReadArray<float>(count), count) { Total = total };
        }

        input.ExpectEnd();
        return counters;
    }

    private sealed class Row(int[] items, float[] weights, int count)
    {
        public int[] Items = items;
        public float[] Weights = weights;
        public int Count = count;
        public double Total;

        public Row(int slots)
            : this(new int[slots], new float[slots], 0)
        {
        }

        public void Append(int item, float weight, int capacity)
        {
            if (Count == Items.Length)
            {
                var slots = Math.Min(capacity, Math.Max(InitialSlots, 2 * Count));
                Array.Resize(ref Items, slots);
                Array.Resize(ref Weights, slots);
            }

            Items[Count] = item;
            Weights[Count++] = weight;
        }
    }
}
