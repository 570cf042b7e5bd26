using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Lepton.Orleans.Engine.LinearAlgebra;

/// <summary>
/// Asks for memory before it is needed. A ranking reads some hundred short runs scattered over hundreds of megabytes;
/// waiting for one after the other costs more than all of its arithmetic. Does nothing where the processor has no hint.
/// </summary>
public static class Prefetch
{
    private const int LineBytes = 64;

    /// <summary>Hints that all of a run will be read soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Run<T>(ReadOnlySpan<T> run)
    {
        if (!Sse.IsSupported || run.IsEmpty)
        {
            return;
        }

        // A hint about an address that the collector has just moved away from is a wasted hint and nothing worse.
        var start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(run));
        var end = start + run.Length * Unsafe.SizeOf<T>();
        for (var line = (byte*)((nuint)start & ~(nuint)(LineBytes - 1)); line < end; line += LineBytes)
        {
            Sse.Prefetch0(line);
        }
    }

    /// <summary>Hints that a place will be read soon. Unlike a run of one it looks at nothing, not even at how long an array is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void At<T>(ref T place)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref place));
        }
    }
}
