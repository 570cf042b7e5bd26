using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lepton.Orleans.Engine.LinearAlgebra;

/// <summary>The inner product of short vectors, inlined: at 64 numbers a call into a general routine costs twice the arithmetic.</summary>
public static class InnerProduct
{
    /// <summary>Σ a_i b_i.</summary>
    /// <param name="a">A vector.</param>
    /// <param name="b">Another one, at least as long.</param>
    /// <exception cref="ArgumentException"><paramref name="b"/> is shorter than <paramref name="a"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (b.Length < a.Length)
        {
            ThrowShorter(a.Length, b.Length);
        }

        ref var left = ref MemoryMarshal.GetReference(a);
        ref var right = ref MemoryMarshal.GetReference(b);
        var first = Vector512<float>.Zero;
        var second = Vector512<float>.Zero;
        nuint i = 0;
        for (; i + 32 <= (nuint)a.Length; i += 32)
        {
            first = Vector512.MultiplyAddEstimate(Vector512.LoadUnsafe(ref left, i), Vector512.LoadUnsafe(ref right, i), first);
            second = Vector512.MultiplyAddEstimate(Vector512.LoadUnsafe(ref left, i + 16), Vector512.LoadUnsafe(ref right, i + 16), second);
        }

        var sum = Vector512.Sum(first + second);
        for (; i < (nuint)a.Length; i++)
        {
            sum += Unsafe.Add(ref left, i) * Unsafe.Add(ref right, i);
        }

        return sum;
    }

    private static void ThrowShorter(int needed, int length) => throw new ArgumentException($"A vector of {needed} numbers has no inner product with one of {length}.");
}
