using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Lepton.Orleans.Engine.LinearAlgebra;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>Reads the sums that the votes left, sixteen items at a time, and leaves the workspace clean.</summary>
internal static class Candidates
{
    private const int LineLength = 1 << RankingWorkspace.LineShift;

    private static Vector512<int> Places => Vector512.CreateSequence(0, 1);

    private static Vector512<int> PlaceBits => Vector512.Create(
        1, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15);

    /// <summary>Every item as eligible: a bit per item number.</summary>
    public static ulong[] Everything(int itemCount)
    {
        var eligible = new ulong[(itemCount + 63) / 64];
        Array.Fill(eligible, ulong.MaxValue);
        return eligible;
    }

    /// <summary>
    /// Collects the items that were voted for, or are always candidates, and that are eligible and not barred, with their
    /// scores from all sources but the embedding.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="always">Items below this number are candidates whether anything voted for them or not.</param>
    /// <param name="eligible">A bit per item number.</param>
    /// <param name="workspace">Holds the sums; receives the items, ascending, and their scores.</param>
    /// <returns>How many there are.</returns>
    public static int Take(RankingModel model, int always, ReadOnlySpan<ulong> eligible, RankingWorkspace workspace)
    {
        var popularity = model.Tables.Popularity;
        var lines = RankingWorkspace.LinesOf(model.ItemCount);
        var alwaysLines = RankingWorkspace.LinesOf(always);
        ref var items = ref MemoryMarshal.GetArrayDataReference(workspace.Items);
        ref var scores = ref MemoryMarshal.GetArrayDataReference(workspace.Scores);
        nint count = 0;
        for (var first = 0; first < lines; first += 64)
        {
            // Sums were touched a moment ago, popularity was not.
            for (var next = popularity is null ? 0 : workspace.Touched(first + 64); next != 0; next &= next - 1)
            {
                Prefetch.Run<float>(popularity.AsSpan((first + 64 + BitOperations.TrailingZeroCount(next)) << RankingWorkspace.LineShift, 1));
            }

            for (var touched = workspace.TakeTouched(first) | First(alwaysLines - first); touched != 0; touched &= touched - 1)
            {
                var line = first + BitOperations.TrailingZeroCount(touched);
                var start = line << RankingWorkspace.LineShift;
                var votes = workspace.TakeLine(line);
                var taken = popularity is null ? votes : votes + Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(popularity), (nuint)start);

                // What is barred is not a number, and does not equal itself.
                var voted = (~Vector512.Equals(votes, Vector512<float>.Zero)).ExtractMostSignificantBits();
                var allowed = Vector512.Equals(votes, votes).ExtractMostSignificantBits();
                var candidates = (uint)((voted | First(always - start)) & allowed & Eligible(eligible, start));
                Append(taken, start, candidates, ref Unsafe.Add(ref scores, count), ref Unsafe.Add(ref items, count));
                count += BitOperations.PopCount(candidates);
            }
        }

        return (int)count;
    }

    /// <summary>Writes the scores that have a bit, and their items, side by side; what lies beyond may be overwritten too, up to a line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Append(Vector512<float> line, int start, uint candidates, ref float scores, ref int items)
    {
        if (Avx512F.IsSupported)
        {
            var mask = MaskOf(candidates);
            Avx512F.Compress(Vector512<float>.Zero, mask.AsSingle(), line).StoreUnsafe(ref scores);
            Avx512F.Compress(Vector512<int>.Zero, mask, Places + Vector512.Create(start)).StoreUnsafe(ref items);
            return;
        }

        for (var at = 0; candidates != 0; candidates &= candidates - 1)
        {
            var place = BitOperations.TrailingZeroCount(candidates);
            Unsafe.Add(ref scores, at) = line[place];
            Unsafe.Add(ref items, at) = start + place;
            at++;
        }
    }

    /// <summary>All ones where a bit is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> MaskOf(uint bits) => Vector512.Equals(Vector512.Create((int)bits) & PlaceBits, PlaceBits);

    /// <summary>A bit for each of the first so many, of 64 at most.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong First(int count) => count <= 0 ? 0 : ulong.MaxValue >> Math.Max(0, 64 - count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Eligible(ReadOnlySpan<ulong> eligible, int start) =>
        start >> 6 < eligible.Length ? (ushort)(eligible[start >> 6] >> (start & 63)) : 0ul;
}
