using System.Numerics;

namespace Lepton.Orleans.Engine.Training;

/// <summary>C = Xᵀ diag(d_u^−α) X, a row of rising items per item with its diagonal: 8 bytes per pair of items that any user has in common.</summary>
internal sealed class Gram
{
    private const int BlockSize = 64;

    private readonly int[][] _items;
    private readonly float[][] _values;

    private Gram(int[][] items, float[][] values)
    {
        _items = items;
        _values = values;
    }

    public ReadOnlySpan<int> Items(int row) => _items[row];

    public ReadOnlySpan<float> Values(int row) => _values[row];

    public static Gram Compute(Interactions interactions, float userExponent, int parallelism, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var events = new ItemEvents(interactions);
        var items = new int[interactions.ItemCount][];
        var values = new float[interactions.ItemCount][];
        ParallelRows.Run(
            interactions.ItemCount,
            BlockSize,
            parallelism,
            () => (Sums: new float[interactions.ItemCount], Used: new ulong[(interactions.ItemCount + 63) / 64]),
            (first, end, scratch) =>
            {
                for (var row = first; row < end; row++)
                {
                    foreach (var user in events.Users(row))
                    {
                        var owned = interactions.Of(user);
                        var weight = MathF.Pow(owned.Length, -userExponent);
                        foreach (var item in owned)
                        {
                            scratch.Sums[item] += weight;
                            scratch.Used[item >> 6] |= 1UL << item;
                        }
                    }

                    (items[row], values[row]) = Drain(scratch.Sums, scratch.Used);
                }
            },
            progress,
            cancellationToken);
        return new Gram(items, values);
    }

    // The bit set yields the items in rising order, which sorting them would take longer for.
    private static (int[] Items, float[] Values) Drain(float[] sums, ulong[] used)
    {
        var count = 0;
        foreach (var word in used)
        {
            count += BitOperations.PopCount(word);
        }

        var items = new int[count];
        var values = new float[count];
        var next = 0;
        for (var index = 0; index < used.Length; index++)
        {
            for (var word = used[index]; word != 0; word &= word - 1)
            {
                var item = (index << 6) + BitOperations.TrailingZeroCount(word);
                items[next] = item;
                values[next++] = sums[item];
                sums[item] = 0f;
            }

            used[index] = 0;
        }

        return (items, values);
    }
}
