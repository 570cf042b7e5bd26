using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.LinearAlgebra;

/// <summary>
/// Products with tall, narrow, row-major matrices: the two that an orthonormalisation needs. Widths are multiples of
/// <see cref="Tile"/>, so that the kernels have no ragged edge; each output is summed in one fixed order, whatever the
/// number of threads.
/// </summary>
internal static class TallMatrix
{
    /// <summary>Widths are multiples of this.</summary>
    public const int Tile = 32;

    private const int RowsAtOnce = 4;
    private const int BlockRows = 128;

    /// <summary>AᵀA, width × width; only tiles on and above the diagonal are computed, then mirrored.</summary>
    public static float[] Gram(float[] a, int rows, int width, int parallelism, CancellationToken cancellationToken)
    {
        var gram = new float[width * width];
        // A strip of 32 rows of the result a task; strips near the top have more tiles, so they are handed out one by one.
        ParallelRows.Run(
            width / Tile,
            1,
            parallelism,
            static () => 0,
            (first, end, _) =>
            {
                for (var block = 0; block < rows; block += BlockRows)
                {
                    var blockEnd = Math.Min(rows, block + BlockRows);
                    for (var i = first * Tile; i < end * Tile; i += RowsAtOnce)
                    {
                        for (var j = first * Tile; j < width; j += Tile)
                        {
                            GramTile(a, width, block, blockEnd, i, j, gram);
                        }
                    }
                }
            },
            null,
            cancellationToken);
        for (var i = 0; i < width; i++)
        {
            for (var j = 0; j < i; j++)
            {
                gram[i * width + j] = gram[j * width + i];
            }
        }

        return gram;
    }

    /// <summary>A ← A·B in place, B square.</summary>
    public static void MultiplyInPlace(float[] a, int rows, int width, float[] b, int parallelism, CancellationToken cancellationToken) =>
        ParallelRows.Run(
            (rows + RowsAtOnce - 1) / RowsAtOnce,
            64,
            parallelism,
            () => new float[RowsAtOnce * width],
            (first, end, output) =>
            {
                for (var row = first * RowsAtOnce; row < Math.Min(rows, end * RowsAtOnce); row += RowsAtOnce)
                {
                    var present = Math.Min(RowsAtOnce, rows - row);
                    for (var j = 0; j < width; j += Tile)
                    {
                        ProductTile(a, row, present, width, b, j, output);
                    }

                    output.AsSpan(0, present * width).CopyTo(a.AsSpan(row * width));
                }
            },
            null,
            cancellationToken);

    private static void GramTile(float[] a, int width, int firstRow, int endRow, int i, int j, float[] gram)
    {
        ref var start = ref MemoryMarshal.GetArrayDataReference(a);
        ref var target = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(gram), i * width + j);
        var s00 = Vector512.LoadUnsafe(ref target);
        var s01 = Vector512.LoadUnsafe(ref target, 16);
        var s10 = Vector512.LoadUnsafe(ref target, (nuint)width);
        var s11 = Vector512.LoadUnsafe(ref target, (nuint)width + 16);
        var s20 = Vector512.LoadUnsafe(ref target, (nuint)(2 * width));
        var s21 = Vector512.LoadUnsafe(ref target, (nuint)(2 * width) + 16);
        var s30 = Vector512.LoadUnsafe(ref target, (nuint)(3 * width));
        var s31 = Vector512.LoadUnsafe(ref target, (nuint)(3 * width) + 16);
        for (var row = firstRow; row < endRow; row++)
        {
            ref var line = ref Unsafe.Add(ref start, (nint)row * width);
            var right0 = Vector512.LoadUnsafe(ref line, (nuint)j);
            var right1 = Vector512.LoadUnsafe(ref line, (nuint)j + 16);
            var left = Vector512.Create(Unsafe.Add(ref line, i));
            s00 = Vector512.MultiplyAddEstimate(left, right0, s00);
            s01 = Vector512.MultiplyAddEstimate(left, right1, s01);
            left = Vector512.Create(Unsafe.Add(ref line, i + 1));
            s10 = Vector512.MultiplyAddEstimate(left, right0, s10);
            s11 = Vector512.MultiplyAddEstimate(left, right1, s11);
            left = Vector512.Create(Unsafe.Add(ref line, i + 2));
            s20 = Vector512.MultiplyAddEstimate(left, right0, s20);
            s21 = Vector512.MultiplyAddEstimate(left, right1, s21);
            left = Vector512.Create(Unsafe.Add(ref line, i + 3));
            s30 = Vector512.MultiplyAddEstimate(left, right0, s30);
            s31 = Vector512.MultiplyAddEstimate(left, right1, s31);
        }

        s00.StoreUnsafe(ref target);
        s01.StoreUnsafe(ref target, 16);
        s10.StoreUnsafe(ref target, (nuint)width);
        s11.StoreUnsafe(ref target, (nuint)width + 16);
        s20.StoreUnsafe(ref target, (nuint)(2 * width));
        s21.StoreUnsafe(ref target, (nuint)(2 * width) + 16);
        s30.StoreUnsafe(ref target, (nuint)(3 * width));
        s31.StoreUnsafe(ref target, (nuint)(3 * width) + 16);
    }

    private static void ProductTile(float[] a, int row, int present, int width, float[] b, int j, float[] output)
    {
        ref var line = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(a), (nint)row * width);
        // A ragged last group of rows repeats its first row; the copies are not stored.
        ref var line1 = ref Unsafe.Add(ref line, present > 1 ? width : 0);
        ref var line2 = ref Unsafe.Add(ref line, present > 2 ? 2 * width : 0);
        ref var line3 = ref Unsafe.Add(ref line, present > 3 ? 3 * width : 0);
        ref var right = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(b), j);
        var s00 = Vector512<float>.Zero;
        var s01 = s00;
        var s10 = s00;
        var s11 = s00;
        var s20 = s00;
        var s21 = s00;
        var s30 = s00;
        var s31 = s00;
        for (var p = 0; p < width; p++)
        {
            ref var from = ref Unsafe.Add(ref right, (nint)p * width);
            var right0 = Vector512.LoadUnsafe(ref from);
            var right1 = Vector512.LoadUnsafe(ref from, 16);
            var left = Vector512.Create(Unsafe.Add(ref line, p));
            s00 = Vector512.MultiplyAddEstimate(left, right0, s00);
            s01 = Vector512.MultiplyAddEstimate(left, right1, s01);
            left = Vector512.Create(Unsafe.Add(ref line1, p));
            s10 = Vector512.MultiplyAddEstimate(left, right0, s10);
            s11 = Vector512.MultiplyAddEstimate(left, right1, s11);
            left = Vector512.Create(Unsafe.Add(ref line2, p));
            s20 = Vector512.MultiplyAddEstimate(left, right0, s20);
            s21 = Vector512.MultiplyAddEstimate(left, right1, s21);
            left = Vector512.Create(Unsafe.Add(ref line3, p));
            s30 = Vector512.MultiplyAddEstimate(left, right0, s30);
            s31 = Vector512.MultiplyAddEstimate(left, right1, s31);
        }

        ref var target = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(output), j);
        s00.StoreUnsafe(ref target);
        s01.StoreUnsafe(ref target, 16);
        s10.StoreUnsafe(ref target, (nuint)width);
        s11.StoreUnsafe(ref target, (nuint)width + 16);
        s20.StoreUnsafe(ref target, (nuint)(2 * width));
        s21.StoreUnsafe(ref target, (nuint)(2 * width) + 16);
        s30.StoreUnsafe(ref target, (nuint)(3 * width));
        s31.StoreUnsafe(ref target, (nuint)(3 * width) + 16);
    }
}
