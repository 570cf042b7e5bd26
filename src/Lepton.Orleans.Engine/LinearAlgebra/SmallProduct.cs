using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lepton.Orleans.Engine.LinearAlgebra;

/// <summary>
/// Products of matrices that stay in the second cache, as the steps of a training are made of: four rows by 64 columns of
/// the result are kept in registers, so that of three operations two are arithmetic.
/// </summary>
internal static class SmallProduct
{
    /// <summary>The columns of a result are a multiple of this.</summary>
    public const int Columns = 64;

    /// <summary>The rows of a result are a multiple of this.</summary>
    public const int Rows = 4;

    /// <summary>C ← A·B, or C ← C + A·B.</summary>
    /// <param name="a">A, whose entry (i, p) stands at i · <paramref name="rowStep"/> + p · <paramref name="columnStep"/>.</param>
    /// <param name="rowStep">From one row of A to the next.</param>
    /// <param name="columnStep">From one column of A to the next: 1, or the width of the matrix whose transpose A is.</param>
    /// <param name="b">B, row-major, <paramref name="inner"/> × <paramref name="columns"/>.</param>
    /// <param name="c">C, row-major, <paramref name="rows"/> × <paramref name="columns"/>.</param>
    /// <param name="rows">A multiple of <see cref="Rows"/>.</param>
    /// <param name="inner">The columns of A and rows of B.</param>
    /// <param name="columns">A multiple of <see cref="Columns"/>.</param>
    /// <param name="add">Whether C is added to.</param>
    /// <exception cref="ArgumentException">A size is no multiple of the kernel's, or an array is too short.</exception>
    public static void Multiply(float[] a, int rowStep, int columnStep, float[] b, float[] c, int rows, int inner, int columns, bool add)
    {
        if (rows % Rows != 0 || columns % Columns != 0 || rows == 0 || inner == 0)
        {
            throw new ArgumentException($"A product of {rows} × {columns} is not made of pieces of {Rows} × {Columns}.");
        }

        if (((rows - 1) * rowStep) + ((inner - 1) * columnStep) >= a.Length || b.Length < inner * columns || c.Length < rows * columns)
        {
            throw new ArgumentException($"A product of {rows} × {inner} × {columns} needs larger arrays than {a.Length}, {b.Length} and {c.Length}.");
        }

        for (var column = 0; column < columns; column += Columns)
        {
            for (var row = 0; row < rows; row += Rows)
            {
                Piece(
                    ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(a), row * rowStep),
                    rowStep,
                    columnStep,
                    ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(b), column),
                    ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(c), (row * columns) + column),
                    inner,
                    columns,
                    add);
            }
        }
    }

    /// <summary>The transpose of a row-major matrix.</summary>
    public static void Transpose(ReadOnlySpan<float> from, int rows, int columns, Span<float> to)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                to[(column * rows) + row] = from[(row * columns) + column];
            }
        }
    }

    private static void Piece(ref float a, nint rowStep, nint columnStep, ref float b, ref float c, int inner, int columns, bool add)
    {
        var (s00, s01, s02, s03) = Load(ref c, add);
        var (s10, s11, s12, s13) = Load(ref Unsafe.Add(ref c, columns), add);
        var (s20, s21, s22, s23) = Load(ref Unsafe.Add(ref c, 2 * columns), add);
        var (s30, s31, s32, s33) = Load(ref Unsafe.Add(ref c, 3 * columns), add);
        for (var p = 0; p < inner; p++)
        {
            var right0 = Vector512.LoadUnsafe(ref b);
            var right1 = Vector512.LoadUnsafe(ref b, 16);
            var right2 = Vector512.LoadUnsafe(ref b, 32);
            var right3 = Vector512.LoadUnsafe(ref b, 48);
            var left = Vector512.Create(a);
            s00 = Vector512.MultiplyAddEstimate(left, right0, s00);
            s01 = Vector512.MultiplyAddEstimate(left, right1, s01);
            s02 = Vector512.MultiplyAddEstimate(left, right2, s02);
            s03 = Vector512.MultiplyAddEstimate(left, right3, s03);
            left = Vector512.Create(Unsafe.Add(ref a, rowStep));
            s10 = Vector512.MultiplyAddEstimate(left, right0, s10);
            s11 = Vector512.MultiplyAddEstimate(left, right1, s11);
            s12 = Vector512.MultiplyAddEstimate(left, right2, s12);
            s13 = Vector512.MultiplyAddEstimate(left, right3, s13);
            left = Vector512.Create(Unsafe.Add(ref a, 2 * rowStep));
            s20 = Vector512.MultiplyAddEstimate(left, right0, s20);
            s21 = Vector512.MultiplyAddEstimate(left, right1, s21);
            s22 = Vector512.MultiplyAddEstimate(left, right2, s22);
            s23 = Vector512.MultiplyAddEstimate(left, right3, s23);
            left = Vector512.Create(Unsafe.Add(ref a, 3 * rowStep));
            s30 = Vector512.MultiplyAddEstimate(left, right0, s30);
            s31 = Vector512.MultiplyAddEstimate(left, right1, s31);
            s32 = Vector512.MultiplyAddEstimate(left, right2, s32);
            s33 = Vector512.MultiplyAddEstimate(left, right3, s33);
            a = ref Unsafe.Add(ref a, columnStep);
            b = ref Unsafe.Add(ref b, columns);
        }

        Store(ref c, s00, s01, s02, s03);
        Store(ref Unsafe.Add(ref c, columns), s10, s11, s12, s13);
        Store(ref Unsafe.Add(ref c, 2 * columns), s20, s21, s22, s23);
        Store(ref Unsafe.Add(ref c, 3 * columns), s30, s31, s32, s33);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> First, Vector512<float> Second, Vector512<float> Third, Vector512<float> Fourth) Load(ref float c, bool add) => add
        ? (Vector512.LoadUnsafe(ref c), Vector512.LoadUnsafe(ref c, 16), Vector512.LoadUnsafe(ref c, 32), Vector512.LoadUnsafe(ref c, 48))
        : default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ref float c, Vector512<float> first, Vector512<float> second, Vector512<float> third, Vector512<float> fourth)
    {
        first.StoreUnsafe(ref c);
        second.StoreUnsafe(ref c, 16);
        third.StoreUnsafe(ref c, 32);
        fourth.StoreUnsafe(ref c, 48);
    }
}
