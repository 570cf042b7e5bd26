using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lepton.Orleans.Engine.Selection;

/// <summary>
/// Selection by halving the range that the last score to keep is in. Every step counts a vector of scores at once and none
/// depends on how a branch turns out, which on the few thousand scores of a ranking is many times as fast as partitioning.
/// </summary>
internal static class Greatest
{
    /// <summary>
    /// Moves the greatest scores and their items to the front, in the order they had: <paramref name="count"/> of them, and
    /// more only where several equal the last. What is not a number is kept only where all is.
    /// </summary>
    /// <param name="scores">The scores.</param>
    /// <param name="items">As many items.</param>
    /// <param name="count">How many to keep, at least one.</param>
    /// <returns>How many were kept.</returns>
    public static int Keep(Span<float> scores, Span<int> items, int count)
    {
        if (scores.Length <= count)
        {
            return scores.Length;
        }

        var least = Least(scores, count);
        var kept = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            // Written whether kept or not: a branch here would be mispredicted often.
            var score = scores[i];
            (scores[kept], items[kept]) = (score, items[i]);
            kept += score >= least ? 1 : 0;
        }

        return kept;
    }

    /// <summary>The least of the greatest scores, of which <paramref name="count"/> are wanted; negative infinity if there are fewer.</summary>
    public static float Least(ReadOnlySpan<float> scores, int count)
    {
        // At least count scores reach low, or there are no more; fewer reach what is above high.
        int low = Ordinal(float.NegativeInfinity), high = Ordinal(float.PositiveInfinity);
        while (low < high)
        {
            var middle = (int)(((long)low + high + 1) >> 1);
            var reaching = CountFrom(scores, OfOrdinal(middle));
            if (reaching == count)
            {
                return OfOrdinal(middle);
            }

            (low, high) = reaching > count ? (middle, high) : (low, middle - 1);
        }

        return OfOrdinal(low);
    }

    private static int CountFrom(ReadOnlySpan<float> scores, float least)
    {
        var limit = Vector512.Create(least);
        var counts = Vector512<int>.Zero;
        var vectors = MemoryMarshal.Cast<float, Vector512<float>>(scores);
        foreach (var vector in vectors)
        {
            // What reaches the limit compares as all ones, that is as minus one.
            counts -= Vector512.GreaterThanOrEqual(vector, limit).AsInt32();
        }

        var count = Vector512.Sum(counts);
        foreach (var score in scores[(vectors.Length * Vector512<float>.Count)..])
        {
            count += score >= least ? 1 : 0;
        }

        return count;
    }

    /// <summary>An integer whose order is that of the numbers.</summary>
    private static int Ordinal(float value)
    {
        var bits = BitConverter.SingleToInt32Bits(value);
        return bits ^ ((bits >> 31) & int.MaxValue);
    }

    private static float OfOrdinal(int ordinal) => BitConverter.Int32BitsToSingle(ordinal ^ ((ordinal >> 31) & int.MaxValue));
}
