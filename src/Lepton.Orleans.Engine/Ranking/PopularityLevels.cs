using System.Buffers;
using System.Numerics.Tensors;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// Popularity in a byte an item, eight levels to a doubling: a vote then reads its target's discount from a table that
/// stays in the nearest cache, and from a quarter of the memory that a discount an item would take. The greatest error is
/// 4 % of a count, and 2 % of its square root.
/// </summary>
internal static class PopularityLevels
{
    /// <summary>How many levels there are; the last stands for 4 billion.</summary>
    public const int Count = 256;

    private const int PerDoubling = 8;

    /// <summary>The level of each item's count; counts below one are as one.</summary>
    public static byte[] Of(ReadOnlySpan<float> counts, int itemCount)
    {
        var levels = new byte[itemCount];
        var known = Math.Min(counts.Length, itemCount);
        var logarithms = ArrayPool<float>.Shared.Rent(known);
        try
        {
            var values = logarithms.AsSpan(0, known);
            TensorPrimitives.Max(counts[..known], 1f, values);
            TensorPrimitives.Log2(values, values);
            TensorPrimitives.Multiply(values, PerDoubling, values);
            TensorPrimitives.Min(values, Count - 1, values);
            TensorPrimitives.Round(values, values);
            TensorPrimitives.ConvertTruncating<float, byte>(values, levels);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(logarithms);
        }

        return levels;
    }

    /// <summary>max(p, 1)^−exponent by level.</summary>
    public static float[] Discounts(float exponent)
    {
        var discounts = new float[Count];
        for (var level = 0; level < Count; level++)
        {
            discounts[level] = MathF.Pow(2f, -exponent * level / PerDoubling);
        }

        return discounts;
    }
}
