using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lepton.Orleans.Engine.Binary;
using Lepton.Orleans.Engine.LinearAlgebra;
using Lepton.Orleans.Engine.Selection;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Neighbours;

/// <summary>
/// Online counters of sequential rules and co-occurrences with a bounded list per row. A row is laid out as a
/// set-associative cache is: a neighbour's number says in which bucket of eight its two weights stand, so that an increment
/// costs two or three cache lines however long the row. Buckets double in number while one overflows; then a newcomer takes
/// the place of the weakest of its bucket, that with the smallest share in the row's rules and co-occurrences together.
/// It starts at its own weight: not at an evicted one's as space-saving does (Metwally et al. 2005), which ranks accidents
/// of the last minute above years of evidence. Not thread-safe: one owner at a time.
/// </summary>
public sealed class NeighbourCounters
{
    /// <summary>How many bytes <see cref="Write"/> gives at the most, beside those of its rows.</summary>
    public const int HeaderBytes = 2 * sizeof(int);

    private const uint Magic = 0x31434E4C; // "LNC1"
    private const int Ways = 8;
    private const int RulesAt = Ways;
    private const int PairsAt = 2 * Ways;
    private const int BucketLength = 3 * Ways;
    private const int Free = -1;

    // Less than the least that an event adds: what is left of a weight after its last event was taken back.
    private const float Residue = 1e-3f;

    private readonly int _maxBits;
    private Row[] _rows = [];

    /// <summary>Counters that hold up to <paramref name="capacity"/> neighbours a row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is no power of two, or below 8.</exception>
    public NeighbourCounters(int capacity = 256)
    {
        if (capacity < Ways || !BitOperations.IsPow2(capacity))
        {
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, $"A row holds a power of two of neighbours, {Ways} at least.");
        }

        _maxBits = BitOperations.Log2((uint)capacity / Ways);
    }

    /// <summary>The most neighbours a row holds.</summary>
    public int Capacity => Ways << _maxBits;

    /// <summary>One more than the highest row that anything was added to; rows in between may be empty.</summary>
    public int RowCount { get; private set; }

    /// <summary>How many bytes <see cref="Write"/> gives for a row at the most.</summary>
    public int RowBytes => sizeof(int) + (2 * sizeof(double)) + sizeof(int) + (Capacity * (sizeof(int) + (2 * sizeof(float))));

    /// <summary>Adds to the counters of a neighbour.</summary>
    /// <param name="increment">
    /// What is added; counts into the row's totals for ever, even if the neighbour is evicted. Rows are kept in an array:
    /// numbers should be dense.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The row or the neighbour is negative.</exception>
    public void Add(in PairIncrement increment)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(increment.Item);
        ref var row = ref At(increment.Row);
        row.RuleTotal += increment.Rule;
        row.PairTotal += increment.Pair;
        Put(ref row, increment.Item, increment.Rule, increment.Pair, mayEvictStronger: true);
    }

    /// <summary>
    /// Takes back what <see cref="Add"/> added. No weight falls below zero, and a neighbour that was evicted since has nothing
    /// to give back: of it only the totals fall.
    /// </summary>
    /// <param name="increment">What was added.</param>
    public void TakeBack(in PairIncrement increment)
    {
        if ((uint)increment.Row >= (uint)RowCount)
        {
            return;
        }

        ref var row = ref _rows[increment.Row];
        row.RuleTotal = Math.Max(0, row.RuleTotal - increment.Rule);
        row.PairTotal = Math.Max(0, row.PairTotal - increment.Pair);
        var bucket = row.Bucket(increment.Item);
        if (bucket.IsEmpty || bucket[..Ways].IndexOf(increment.Item) is not (>= 0 and var slot))
        {
            return;
        }

        var weights = MemoryMarshal.Cast<int, float>(bucket);
        var (rule, pair) = (weights[RulesAt + slot] - increment.Rule, weights[PairsAt + slot] - increment.Pair);
        (weights[RulesAt + slot], weights[PairsAt + slot]) = (rule < Residue ? 0f : rule, pair < Residue ? 0f : pair);
        if (rule < Residue && pair < Residue)
        {
            // The free places of a bucket are its last.
            var last = bucket[..Ways].IndexOf(Free) is >= 0 and var free ? free - 1 : Ways - 1;
            Set(bucket, slot, bucket[last], weights[RulesAt + last], weights[PairsAt + last]);
            bucket[last] = Free;
            row.Count--;
        }
    }

    /// <summary>Asks the processor for what <see cref="PrefetchNeighbour"/> is going to read.</summary>
    public void PrefetchRow(int row)
    {
        if ((uint)row < (uint)RowCount)
        {
            Prefetch.Run<Row>(new ReadOnlySpan<Row>(in _rows[row]));
        }
    }

    /// <summary>Asks the processor for what adding to a neighbour is going to change.</summary>
    public void PrefetchNeighbour(int row, int item)
    {
        if ((uint)row < (uint)RowCount)
        {
            Prefetch.Run<int>(_rows[row].Bucket(item));
        }
    }

    /// <summary>The sum of all rules' weight that was ever added to a row; 0 for one that is not there.</summary>
    public float RuleTotal(int row) => (uint)row < (uint)RowCount ? (float)_rows[row].RuleTotal : 0f;

    /// <summary>How many neighbours a row holds.</summary>
    public int Count(int row) => (uint)row < (uint)RowCount ? _rows[row].Count : 0;

    /// <summary>Writes the neighbours of a row with the weightiest rules, equal weights by ascending item.</summary>
    /// <param name="row">The row; one that is not there has none.</param>
    /// <param name="items">Receives the neighbours; its length bounds how many.</param>
    /// <param name="weights">Receives their weights; as long.</param>
    /// <returns>How many were written.</returns>
    public int TopRules(int row, Span<int> items, Span<float> weights) => Top(row, RulesAt, items, weights);

    /// <summary>Writes the neighbours of a row with the weightiest co-occurrences; the same otherwise.</summary>
    /// <inheritdoc cref="TopRules"/>
    public int TopPairs(int row, Span<int> items, Span<float> weights) => Top(row, PairsAt, items, weights);

    /// <summary>Sets a row to what a build counted exactly; where a bucket overflows, its weakest are dropped.</summary>
    /// <param name="rules">The rules of the row.</param>
    /// <param name="ruleTotal">The sum of all rules' weight of the row, the dropped included.</param>
    /// <param name="pairs">The co-occurrences of the row.</param>
    /// <exception cref="ArgumentException">The two are not of one row, or one's items and weights differ in length.</exception>
    public void Replace(NeighbourRow rules, double ruleTotal, NeighbourRow pairs)
    {
        if (rules.Row != pairs.Row || rules.Items.Length != rules.Weights.Length || pairs.Items.Length != pairs.Weights.Length)
        {
            throw new ArgumentException($"Rows {rules.Row} and {pairs.Row} are not one, or do not hold as many weights as items.", nameof(rules));
        }

        ref var row = ref At(rules.Row);
        row = new Row { RuleTotal = ruleTotal };
        foreach (var weight in pairs.Weights)
        {
            row.PairTotal += weight;
        }

        // Both weights of a neighbour are known before either competes for its place.
        var sums = new Dictionary<int, (float Rule, float Pair)>(pairs.Items.Length);
        for (var i = 0; i < rules.Items.Length; i++)
        {
            sums[rules.Items[i]] = (rules.Weights[i], 0f);
        }

        for (var i = 0; i < pairs.Items.Length; i++)
        {
            sums[pairs.Items[i]] = (sums.GetValueOrDefault(pairs.Items[i]).Rule, pairs.Weights[i]);
        }

        foreach (var (item, (rule, pair)) in sums)
        {
            Put(ref row, item, rule, pair, mayEvictStronger: false);
        }
    }

    /// <summary>Forgets what a row holds; no-op if it is not there.</summary>
    public void Remove(int row)
    {
        if ((uint)row < (uint)RowCount)
        {
            _rows[row] = default;
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
        var filled = 0;
        foreach (ref readonly var row in rows)
        {
            filled += row.IsFilled ? 1 : 0;
        }

        var output = new BinaryOutput(writer);
        output.Write(Magic);
        output.Write(filled);
        for (var i = 0; i < rows.Length; i++)
        {
            ref readonly var row = ref rows[i];
            if (!row.IsFilled)
            {
                continue;
            }

            output.Write(first + i);
            output.Write(row.RuleTotal);
            output.Write(row.PairTotal);
            output.Write(row.Count);
            for (var bucket = 0; bucket < row.Slots?.Length; bucket += BucketLength)
            {
                for (var slot = bucket; slot < bucket + Ways && row.Slots[slot] != Free; slot++)
                {
                    output.Write(row.Slots[slot]);
                    output.Write(row.Slots[slot + RulesAt]);
                    output.Write(row.Slots[slot + PairsAt]);
                }
            }
        }
    }

    /// <summary>Puts the rows that <see cref="Write"/> wrote in place of what is there; where a bucket overflows, its weakest are dropped.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="first">The first row that they may hold.</param>
    /// <param name="count">How many rows they may hold.</param>
    /// <exception cref="InvalidDataException">The bytes are of another kind or version, cut short, or contradict themselves.</exception>
    public void Read(ReadOnlySpan<byte> bytes, int first, int count)
    {
        const int Neighbour = sizeof(int) + (2 * sizeof(float));
        var input = new BinaryInput(bytes, "neighbour counters");
        input.Expect(Magic);
        for (var left = input.ReadCount(sizeof(int) + (2 * sizeof(double)) + sizeof(int)); left > 0; left--)
        {
            var number = input.Read<int>();
            if (number < first || number >= first + count)
            {
                throw new InvalidDataException($"The neighbour counters hold a row {number}, which is none of the {count} from {first}.");
            }

            ref var row = ref At(number);
            row = new Row { RuleTotal = input.Read<double>(), PairTotal = input.Read<double>() };
            for (var neighbours = input.ReadCount(Neighbour); neighbours > 0; neighbours--)
            {
                var item = input.Read<int>();
                if (item < 0)
                {
                    throw new InvalidDataException($"The neighbour counters hold an item {item} in row {number}.");
                }

                Put(ref row, item, input.Read<float>(), input.Read<float>(), mayEvictStronger: false);
            }
        }

        input.ExpectEnd();
    }

    private void Put(ref Row row, int item, float rule, float pair, bool mayEvictStronger)
    {
        if (row.Slots is null)
        {
            (row.Slots, row.Bits) = (Row.NewSlots(Math.Min(1, _maxBits)), Math.Min(1, _maxBits));
        }

        while (true)
        {
            var bucket = row.Bucket(item);
            var items = Vector256.Create<int>(bucket);
            var weights = MemoryMarshal.Cast<int, float>(bucket);
            var found = Vector256.Equals(items, Vector256.Create(item)).ExtractMostSignificantBits();
            if (found != 0)
            {
                var slot = BitOperations.TrailingZeroCount(found);
                weights[RulesAt + slot] += rule;
                weights[PairsAt + slot] += pair;
                return;
            }

            var free = Vector256.Equals(items, Vector256.Create(Free)).ExtractMostSignificantBits();
            if (free != 0)
            {
                Set(bucket, BitOperations.TrailingZeroCount(free), item, rule, pair);
                row.Count++;
                return;
            }

            if (row.Bits < _maxBits)
            {
                (row.Slots, row.Bits) = (row.Doubled(), row.Bits + 1);
                continue;
            }

            var (weakest, share) = row.Weakest(weights);
            if (mayEvictStronger || row.Share(rule, pair) > share)
            {
                Set(bucket, weakest, item, rule, pair);
            }

            return;
        }
    }

    private static void Set(Span<int> bucket, int slot, int item, float rule, float pair)
    {
        bucket[slot] = item;
        bucket[RulesAt + slot] = BitConverter.SingleToInt32Bits(rule);
        bucket[PairsAt + slot] = BitConverter.SingleToInt32Bits(pair);
    }

    private int Top(int row, int weightsAt, Span<int> items, Span<float> weights)
    {
        if ((uint)row >= (uint)RowCount || _rows[row].Slots is not { } slots)
        {
            return 0;
        }

        // One sort of packed keys: replicas ask for thousands of rows at a time.
        var keys = Capacity <= 256 ? stackalloc ulong[Capacity] : new ulong[Capacity];
        var count = 0;
        for (var bucket = 0; bucket < slots.Length; bucket += BucketLength)
        {
            for (var slot = bucket; slot < bucket + Ways && slots[slot] != Free; slot++)
            {
                var weight = BitConverter.Int32BitsToSingle(slots[slot + weightsAt]);
                keys[count] = ScoreKey.Of(weight, slots[slot]);
                count += weight > 0f ? 1 : 0;
            }
        }

        return RowSelection.Largest(keys[..count], items, weights);
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

    private struct Row
    {
        // Buckets one after the other: eight items, the bits of their rules' weights, those of their co-occurrences'.
        public int[]? Slots;
        public int Bits;
        public int Count;
        public double RuleTotal;
        public double PairTotal;

        public readonly bool IsFilled => Count > 0 || RuleTotal != 0 || PairTotal != 0;

        public static int[] NewSlots(int bits)
        {
            var slots = new int[BucketLength << bits];
            for (var bucket = 0; bucket < slots.Length; bucket += BucketLength)
            {
                slots.AsSpan(bucket, Ways).Fill(Free);
            }

            return slots;
        }

        // The upper bits of a multiplicative hash (Knuth, "Sorting and searching", 6.4): a bucket's heirs stand side by side.
        // The array itself is not looked at, neither for its length nor, by the runtime, for a null: its beginning lies in a
        // line that nothing else is needed from, and waiting for that took longer than all the rest.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Span<int> Bucket(int item)
        {
            var slots = Slots;
            if (slots is null)
            {
                return [];
            }

            var bucket = (int)((ulong)((uint)item * 0x9E3779B9u) >> (32 - Bits));
            return MemoryMarshal.CreateSpan(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(slots), bucket * BucketLength), BucketLength);
        }

        public readonly int[] Doubled()
        {
            var doubled = new Row { Slots = NewSlots(Bits + 1), Bits = Bits + 1 };
            for (var bucket = 0; bucket < Slots!.Length; bucket += BucketLength)
            {
                for (var slot = bucket; slot < bucket + Ways && Slots[slot] != Free; slot++)
                {
                    var heir = doubled.Bucket(Slots[slot]);
                    var place = heir.IndexOf(Free);
                    (heir[place], heir[RulesAt + place], heir[PairsAt + place]) = (Slots[slot], Slots[slot + RulesAt], Slots[slot + PairsAt]);
                }
            }

            return doubled.Slots;
        }

        public readonly float Share(float rule, float pair) => (rule * PerRule) + (pair * PerPair);

        public readonly (int Slot, float Share) Weakest(ReadOnlySpan<float> bucket)
        {
            var shares = (Vector256.Create(bucket[RulesAt..]) * PerRule) + (Vector256.Create(bucket[PairsAt..]) * PerPair);
            var least = Vector128.Min(shares.GetLower(), shares.GetUpper());
            least = Vector128.Min(least, Vector128.Shuffle(least, Vector128.Create(2, 3, 0, 1)));
            least = Vector128.Min(least, Vector128.Shuffle(least, Vector128.Create(1, 0, 3, 2)));
            var slot = BitOperations.TrailingZeroCount(Vector256.Equals(shares, Vector256.Create(least.ToScalar())).ExtractMostSignificantBits());

            // No share is least where one is not a number.
            return (slot & (Ways - 1), least.ToScalar());
        }

        private readonly float PerRule => RuleTotal > 0 ? (float)(1 / RuleTotal) : 0f;

        private readonly float PerPair => PairTotal > 0 ? (float)(1 / PairTotal) : 0f;
    }
}
