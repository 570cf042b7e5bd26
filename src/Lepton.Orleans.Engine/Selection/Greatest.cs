using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lepton.Orleans.Engine.Selection;

/// <summary>
/// Selection by halving the range that the last score to keep is in. Every step counts a vector of scores at once and none
/// depends on how a branch turns out, which on the few thousand scores of a ranking is many times as fast as partitioning.
/// </summary>
internal static class Greatest
{
    // A factor of √2 between positive numbers.
    private const int FirstStep = 1 << 22;

    /// <summary>
    /// Moves the greatest scores and their items to the front, in the order they had: <paramref name="count"/> of them, and
    /// more only where several equal the last. What is not a number is kept only where all is.
    /// </summary>
    /// <param name="scores">The scores.</param>
    /// <param name="items">As many items.</param>
    /// <param name="count">How many to keep, at least one.</param>
    /// <returns>How many were kept.</returns>
    public static int Keep(Span<float> scores, Span<int> items, int count) => Keep(scores, items, count, count);

    /// <summary>
    /// Keeps about so many: where it does not matter whether there are a few more or less, they are found in a third of the
    /// steps.
    /// </summary>
    /// <param name="scores">The scores.</param>
    /// <param name="items">As many items.</param>
    /// <param name="least">How many to keep at least.</param>
    /// <param name="most">How many to keep at most, save where several equal the last.</param>
    /// <returns>How many were kept.</returns>
    public static int Keep(Span<float> scores, Span<int> items, int least, int most)
    {
        if (scores.Length <= most)
        {
            return scores.Length;
        }

        var last = Least(scores, least, most);
        var (kept, i) = (0, 0);
        if (Avx512F.IsSupported)
        {
            var limit = Vector512.Create(last);
            ref var score = ref MemoryMarshal.GetReference(scores);
            ref var item = ref MemoryMarshal.GetReference(items);
            for (; i + Vector512<float>.Count <= scores.Length; i += Vector512<float>.Count)
            {
                // What is written beyond those that are kept has been read before.
                var values = Vector512.LoadUnsafe(ref score, (nuint)i);
                var reaches = Vector512.GreaterThanOrEqual(values, limit);
                Avx512F.Compress(Vector512<float>.Zero, reaches, values).StoreUnsafe(ref score, (nuint)kept);
                Avx512F.Compress(Vector512<int>.Zero, reaches.AsInt32(), Vector512.LoadUnsafe(ref item, (nuint)i)).StoreUnsafe(ref item, (nuint)kept);
                kept += BitOperations.PopCount(reaches.ExtractMostSignificantBits());
            }
        }

        for (; i < scores.Length; i++)
        {
            // Written whether kept or not: a branch here would be mispredicted often.
            var score = scores[i];
            (scores[kept], items[kept]) = (score, items[i]);
            kept += score >= last ? 1 : 0;
        }

        return kept;
    }

    /// <summary>The least of the greatest scores, of which <paramref name="count"/> are wanted; negative infinity if there are fewer.</summary>
    public static float Least(ReadOnlySpan<float> scores, int count) => Least(scores, count, count);

    /// <summary>
    /// What <paramref name="least"/> to <paramref name="most"/> scores reach, or more where several are equal; negative
    /// infinity if there are fewer.
    /// </summary>
    public static float Least(ReadOnlySpan<float> scores, int least, int most)
    {
        // Fewer than least reach what is above high. From the greatest downwards, for the last is not far below it.
        var lowest = Ordinal(float.NegativeInfinity);
        var (low, high) = (lowest, Ordinal(Of(scores)));
        for (var step = (long)FirstStep; ; step *= 2)
        {
            var below = (int)Math.Max(lowest, high - step);
            var reaching = CountFrom(scores, OfOrdinal(below));
            if (reaching >= least)
            {
                if (reaching <= most)
                {
                    return OfOrdinal(below);
                }

                low = below;
                break;
            }

            if (below == lowest)
            {
                return float.NegativeInfinity;
            }

            high = below - 1;
        }

        // At least as many as are wanted reach low.
        while (low < high)
        {
            var middle = (int)(((long)low + high + 1) >> 1);
            var reaching = CountFrom(scores, OfOrdinal(middle));
            if (reaching >= least && reaching <= most)
            {
                return OfOrdinal(middle);
            }

            (low, high) = reaching > most ? (middle, high) : (low, middle - 1);
        }

        return OfOrdinal(low);
    }

    // The greatest of those that are numbers.
    private static float Of(ReadOnlySpan<float> scores)
    {
        var greatest = Vector512.Create(float.NegativeInfinity);
        var vectors = MemoryMarshal.Cast<float, Vector512<float>>(scores);
        foreach (var vector in vectors)
        {
            greatest = Vector512.ConditionalSelect(Vector512.GreaterThan(vector, greatest), vector, greatest);
        }

        var result = float.NegativeInfinity;
        for (var lane = 0; lane < Vector512<float>.Count; lane++)
        {
            result = Math.Max(result, greatest[lane]);
        }

        foreach (var score in scores[(vectors.Length * Vector512<float>.Count)..])
        {
            result = score > result ? score : result;
        }

        return result;
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
