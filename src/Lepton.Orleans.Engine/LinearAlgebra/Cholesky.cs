using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lepton.Orleans.Engine.LinearAlgebra;

/// <summary>
/// Cholesky factorisation A = UᵀU of small dense matrices, row-major, only the upper triangle read and written. Four
/// pivot rows are applied to the rest at a time, so that each load of the rest serves four multiplications.
/// </summary>
public static class Cholesky
{
    /// <summary>Factorises in place.</summary>
    /// <param name="matrix">n × n, row-major; receives U in its upper triangle.</param>
    /// <param name="n">The order.</param>
    /// <returns>Whether the matrix is positive definite; if not, its contents are undefined.</returns>
    public static bool TryFactor(Span<float> matrix, int n) => Factor(matrix, n, 0f) == 0;

    /// <summary>
    /// Factorises in place a matrix that may be singular. A pivot not above <paramref name="tolerance"/> times its
    /// diagonal entry means that the row depends on those before it; U then has a row of zeros there.
    /// </summary>
    /// <returns>How many rows were found dependent.</returns>
    public static int Factor(Span<float> matrix, int n, float tolerance)
    {
        if (matrix.Length < n * n)
        {
            throw new ArgumentException($"A matrix of order {n} has {n * n} entries, not {matrix.Length}.", nameof(matrix));
        }

        Span<float> diagonal = n <= 1024 ? stackalloc float[n] : new float[n];
        for (var i = 0; i < n; i++)
        {
            diagonal[i] = matrix[i * n + i];
        }

        var dependent = 0;
        for (var k = 0; k < n; k += 4)
        {
            var panelEnd = Math.Min(k + 4, n);
            for (var row = k; row < panelEnd; row++)
            {
                for (var pivot = k; pivot < row; pivot++)
                {
                    var target = matrix.Slice(row * n + row, n - row);
                    TensorPrimitives.MultiplyAdd(matrix.Slice(pivot * n + row, n - row), -matrix[pivot * n + row], target, target);
                }

                var head = matrix[row * n + row];
                if (!(head > tolerance * diagonal[row]))
                {
                    dependent++;
                    matrix.Slice(row * n + row, n - row).Clear();
                    continue;
                }

                var scaled = matrix.Slice(row * n + row, n - row);
                TensorPrimitives.Multiply(scaled, 1f / MathF.Sqrt(head), scaled);
            }

            if (panelEnd - k == 4)
            {
                for (var row = panelEnd; row < n; row++)
                {
                    SubtractFour(matrix, n, k, row);
                }
            }
        }

        return dependent;
    }

    /// <summary>Solves UᵀU x = b in place.</summary>
    /// <param name="factor">What <see cref="TryFactor"/> left.</param>
    /// <param name="n">The order.</param>
    /// <param name="vector">b; receives x.</param>
    public static void Solve(ReadOnlySpan<float> factor, int n, Span<float> vector)
    {
        for (var i = 0; i < n; i++)
        {
            var value = vector[i] / factor[i * n + i];
            vector[i] = value;
            var rest = vector[(i + 1)..n];
            TensorPrimitives.MultiplyAdd(factor.Slice(i * n + i + 1, n - i - 1), -value, rest, rest);
        }

        for (var i = n - 1; i >= 0; i--)
        {
            var sum = TensorPrimitives.Dot(factor.Slice(i * n + i + 1, n - i - 1), vector[(i + 1)..n]);
            vector[i] = (vector[i] - sum) / factor[i * n + i];
        }
    }

    /// <summary>Inverts U in place; a row of zeros gives a column of zeros.</summary>
    public static void InvertUpper(Span<float> factor, int n)
    {
        var column = new float[n];
        var inverse = new float[n * n];
        // Row i of U⁻¹ from those below it: (e_i − Σ_{j>i} U_ij · row_j) / U_ii.
        for (var i = n - 1; i >= 0; i--)
        {
            var head = factor[i * n + i];
            if (head == 0f)
            {
                continue;
            }

            column.AsSpan().Clear();
            for (var j = i + 1; j < n; j++)
            {
                var from = inverse.AsSpan(j * n + j, n - j);
                var to = column.AsSpan(j, n - j);
                TensorPrimitives.MultiplyAdd(from, -factor[i * n + j], to, to);
            }

            column[i] = 1f;
            TensorPrimitives.Multiply(column.AsSpan(i, n - i), 1f / head, inverse.AsSpan(i * n + i, n - i));
        }

        inverse.CopyTo(factor);
    }

    private static void SubtractFour(Span<float> matrix, int n, int k, int row)
    {
        ref var start = ref MemoryMarshal.GetReference(matrix);
        ref var p0 = ref Unsafe.Add(ref start, k * n);
        ref var p1 = ref Unsafe.Add(ref p0, n);
        ref var p2 = ref Unsafe.Add(ref p1, n);
        ref var p3 = ref Unsafe.Add(ref p2, n);
        ref var target = ref Unsafe.Add(ref start, row * n);
        var f0 = Unsafe.Add(ref p0, row);
        var f1 = Unsafe.Add(ref p1, row);
        var f2 = Unsafe.Add(ref p2, row);
        var f3 = Unsafe.Add(ref p3, row);
        var v0 = new Vector<float>(-f0);
        var v1 = new Vector<float>(-f1);
        var v2 = new Vector<float>(-f2);
        var v3 = new Vector<float>(-f3);
        var i = row;
        for (; i <= n - Vector<float>.Count; i += Vector<float>.Count)
        {
            ref var place = ref Unsafe.As<float, Vector<float>>(ref Unsafe.Add(ref target, i));
            var sum = Vector.MultiplyAddEstimate(v0, Load(ref p0, i), place);
            var other = v1 * Load(ref p1, i);
            sum = Vector.MultiplyAddEstimate(v2, Load(ref p2, i), sum);
            other = Vector.MultiplyAddEstimate(v3, Load(ref p3, i), other);
            place = sum + other;
        }

        for (; i < n; i++)
        {
            Unsafe.Add(ref target, i) -= f0 * Unsafe.Add(ref p0, i) + f1 * Unsafe.Add(ref p1, i) + f2 * Unsafe.Add(ref p2, i) + f3 * Unsafe.Add(ref p3, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Load(ref float row, int index) => Unsafe.As<float, Vector<float>>(ref Unsafe.Add(ref row, index));
}
