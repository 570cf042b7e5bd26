using System.Numerics;
using Lepton.Orleans.Engine.Selection;

namespace Lepton.Orleans.Engine.Training;

/// <summary>
/// C = Xᵀ diag(d_u^−α) X, a row of rising items per item with its diagonal: 8 bytes per pair of items that any user has in
/// common, and no more pairs than are allowed. Where there may be more, rows have a greatest length, one for all: a longer one
/// keeps its diagonal and the items j with the largest p_j^−α C_ij, which are those that a regression chooses its neighbours among.
/// </summary>
internal sealed class Gram
{
    private const int BlockSize = 64;

    private readonly int[][] _items;
    private readonly float[][] _values;
    private readonly int _longest;

    private Gram(int[][] items, float[][] values, int longest)
    {
        _items = items;
        _values = values;
        _longest = longest;
    }

    /// <summary>How many pairs are held, diagonals included.</summary>
    public long Pairs => _items.Sum(static row => (long)row.Length);

    public ReadOnlySpan<int> Items(int row) => _items[row];

    public ReadOnlySpan<float> Values(int row) => _values[row];

    /// <summary>Whether pairs of a row may have been left out.</summary>
    public bool MayLack(int row) => _items[row].Length >= _longest;

    /// <summary>One entry as its row has it; 0 where it has none.</summary>
    public float ValueOf(int row, int item)
    {
        var at = Array.BinarySearch(_items[row], item);
        return at >= 0 ? _values[row][at] : 0f;
    }

    public static Gram Compute(
        Interactions interactions, float exponent, long maximumPairs, int parallelism, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var events = new ItemEvents(interactions);
        var longest = LongestRow(interactions, events, maximumPairs);
        var discount = Array.ConvertAll(interactions.CountItems(), count => Discount(count, exponent));
        var items = new int[interactions.ItemCount][];
        var values = new float[interactions.ItemCount][];
        ParallelRows.Run(
            interactions.ItemCount,
            BlockSize,
            parallelism,
            () => new Row(interactions.ItemCount, longest),
            (first, end, row) =>
            {
                for (var item = first; item < end; item++)
                {
                    foreach (var user in events.Users(item))
                    {
                        var owned = interactions.Of(user);
                        row.Add(owned, MathF.Pow(owned.Length, -exponent));
                    }

                    (items[item], values[item]) = row.Drain(item, discount);
                }
            },
            progress,
            cancellationToken);
        return new Gram(items, values, longest);
    }

    /// <summary>p^−α, by which the popularity of a neighbour is discounted.</summary>
    public static float Discount(float count, float exponent) => MathF.Pow(Math.Max(1f, count), -exponent);

    /// <summary>The greatest length with which all rows together are no more pairs than are allowed, however much the histories have in common.</summary>
    private static int LongestRow(Interactions interactions, ItemEvents events, long maximumPairs)
    {
        var most = new int[interactions.ItemCount];
        for (var item = 0; item < most.Length; item++)
        {
            var owned = 0L;
            foreach (var user in events.Users(item))
            {
                owned += interactions.Of(user).Length;
            }

            most[item] = (int)Math.Min(most.Length, owned);
        }

        var (fits, tooLong) = (0, Math.Max(1, most.Length + 1));
        while (tooLong - fits > 1)
        {
            var length = fits + ((tooLong - fits) / 2);
            (fits, tooLong) = most.Sum(row => (long)Math.Min(row, length)) <= maximumPairs ? (length, tooLong) : (fits, length);
        }

        // With all of them there is nothing to leave out.
        return fits >= most.Length ? int.MaxValue : Math.Max(1, fits);
    }

    /// <summary>One thread's scratch memory for one row after another.</summary>
    private sealed class Row(int itemCount, int longest)
    {
        private readonly float[] _sums = new float[itemCount];
        private readonly ulong[] _used = new ulong[(itemCount + 63) / 64];
        private ulong[] _keys = [];

        public void Add(ReadOnlySpan<int> owned, float weight)
        {
            foreach (var item in owned)
            {
                _sums[item] += weight;
                _used[item >> 6] |= 1UL << item;
            }
        }

        // The bit set yields the items in rising order, which sorting them would take longer for.
        public (int[] Items, float[] Values) Drain(int row, float[] discount)
        {
            var count = Count();
            if (count > longest)
            {
                Cut(row, count, discount);
                count = Count();
            }

            var items = new int[count];
            var values = new float[count];
            var next = 0;
            for (var index = 0; index < _used.Length; index++)
            {
                for (var word = _used[index]; word != 0; word &= word - 1)
                {
                    var item = (index << 6) + BitOperations.TrailingZeroCount(word);
                    items[next] = item;
                    values[next++] = _sums[item];
                    _sums[item] = 0f;
                }

                _used[index] = 0;
            }

            return (items, values);
        }

        private int Count()
        {
            var count = 0;
            foreach (var word in _used)
            {
                count += BitOperations.PopCount(word);
            }

            return count;
        }

        private void Cut(int row, int count, float[] discount)
        {
            if (_keys.Length < count)
            {
                _keys = new ulong[count + (count / 2)];
            }

            var others = 0;
            for (var index = 0; index < _used.Length; index++)
            {
                for (var word = _used[index]; word != 0; word &= word - 1)
                {
                    var item = (index << 6) + BitOperations.TrailingZeroCount(word);
                    if (item != row)
                    {
                        _keys[others++] = ScoreKey.Of(discount[item] * _sums[item], item);
                    }
                }
            }

            var keys = _keys.AsSpan(0, others);
            Quickselect.PartitionGreatest(keys, longest - 1);
            foreach (var key in keys[(longest - 1)..])
            {
                var item = ScoreKey.Item(key);
                _sums[item] = 0f;
                _used[item >> 6] &= ~(1UL << item);
            }
        }
    }
}
