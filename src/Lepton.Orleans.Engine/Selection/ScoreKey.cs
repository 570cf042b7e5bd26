using System.Runtime.CompilerServices;

namespace Lepton.Orleans.Engine.Selection;

/// <summary>A score and an item number in one integer whose order is: higher scores first, then lower numbers. A total order makes every ranking reproducible.</summary>
public static class ScoreKey
{
    /// <summary>The key; greater is better. A score that is not a number comes last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(float score, int item)
    {
        var bits = BitConverter.SingleToUInt32Bits(score + 0f);
        var ordered = !float.IsNaN(score) ? bits ^ ((uint)((int)bits >> 31) | 0x8000_0000u) : 0u;
        return ((ulong)ordered << 32) | ~(uint)item;
    }

    /// <summary>The item of a key.</summary>
    public static int Item(ulong key) => (int)~(uint)key;

    /// <summary>The score of a key.</summary>
    public static float Score(ulong key)
    {
        var ordered = (uint)(key >> 32);
        return BitConverter.UInt32BitsToSingle((ordered & 0x8000_0000u) != 0 ? ordered ^ 0x8000_0000u : ~ordered);
    }
}
