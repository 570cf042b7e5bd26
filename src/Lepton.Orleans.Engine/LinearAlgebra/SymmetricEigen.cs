using System.Numerics.Tensors;

namespace Lepton.Orleans.Engine.LinearAlgebra;

/// <summary>
/// All eigenvalues and eigenvectors of a symmetric matrix: Householder reduction to tridiagonal form and implicit QL
/// (Bowdler, Martin, Reinsch &amp; Wilkinson, "The QR and QL algorithms for symmetric matrices", 1968; EISPACK's tred2 and
/// tql2), in double precision. Vectors are kept as rows, so that every inner loop runs over consecutive numbers.
/// </summary>
public static class SymmetricEigen
{
    private const int MaximumSweeps = 60;

    /// <summary>Decomposes a symmetric matrix.</summary>
    /// <param name="matrix">n × n, row-major, symmetric; receives the eigenvectors as rows, the largest eigenvalue's first.</param>
    /// <param name="n">The order.</param>
    /// <returns>The eigenvalues, descending.</returns>
    /// <exception cref="ArithmeticException">The iteration does not converge, which a matrix with numbers that are not finite does.</exception>
    public static double[] Decompose(double[] matrix, int n)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (matrix.Length != n * n)
        {
            throw new ArgumentException($"A matrix of order {n} has {n * n} entries, not {matrix.Length}.", nameof(matrix));
        }

        var values = new double[n];
        if (n == 0)
        {
            return values;
        }

        var offDiagonal = new double[n];
        Tridiagonalise(matrix, n, values, offDiagonal);
        Diagonalise(matrix, n, values, offDiagonal);

        var order = new int[n];
        for (var i = 0; i < n; i++)
        {
            order[i] = i;
        }

        Array.Sort(order, (a, b) => values[a] != values[b] ? values[b].CompareTo(values[a]) : a.CompareTo(b));
        var vectors = new double[n * n];
        var sorted = new double[n];
        for (var i = 0; i < n; i++)
        {
            sorted[i] = values[order[i]];
            matrix.AsSpan(order[i] * n, n).CopyTo(vectors.AsSpan(i * n));
        }

        vectors.CopyTo(matrix, 0);
        return sorted;
    }

    // v holds the transpose of EISPACK's array: row i is its column i.
    private static void Tridiagonalise(double[] v, int n, double[] d, double[] e)
    {
        for (var j = 0; j < n; j++)
        {
            d[j] = v[j * n + n - 1];
        }

        for (var i = n - 1; i > 0; i--)
        {
            var scale = TensorPrimitives.SumOfMagnitudes<double>(d.AsSpan(0, i));
            if (scale == 0.0)
            {
                e[i] = d[i - 1];
                for (var j = 0; j < i; j++)
                {
                    d[j] = v[j * n + i - 1];
                    v[j * n + i] = 0.0;
                    v[i * n + j] = 0.0;
                }

                d[i] = 0.0;
                continue;
            }

            var head = d.AsSpan(0, i);
            TensorPrimitives.Divide(head, scale, head);
            var h = TensorPrimitives.SumOfSquares<double>(head);
            var f = d[i - 1];
            var g = f > 0 ? -Math.Sqrt(h) : Math.Sqrt(h);
            e[i] = scale * g;
            h -= f * g;
            d[i - 1] = f - g;
            e.AsSpan(0, i).Clear();
            for (var j = 0; j < i; j++)
            {
                f = d[j];
                v[i * n + j] = f;
                var column = v.AsSpan(j * n + j + 1, i - j - 1);
                g = e[j] + v[j * n + j] * f + TensorPrimitives.Dot<double>(column, d.AsSpan(j + 1, i - j - 1));
                var rest = e.AsSpan(j + 1, i - j - 1);
                TensorPrimitives.MultiplyAdd(column, f, rest, rest);
                e[j] = g;
            }

            var sums = e.AsSpan(0, i);
            TensorPrimitives.Divide(sums, h, sums);
            var shift = TensorPrimitives.Dot<double>(sums, head) / (h + h);
            TensorPrimitives.MultiplyAdd(head, -shift, sums, sums);
            for (var j = 0; j < i; j++)
            {
                var column = v.AsSpan(j * n + j, i - j);
                TensorPrimitives.MultiplyAdd(e.AsSpan(j, i - j), -d[j], column, column);
                TensorPrimitives.MultiplyAdd(d.AsSpan(j, i - j), -e[j], column, column);
                d[j] = v[j * n + i - 1];
                v[j * n + i] = 0.0;
            }

            d[i] = h;
        }

        for (var i = 0; i < n - 1; i++)
        {
            v[i * n + n - 1] = v[i * n + i];
            v[i * n + i] = 1.0;
            var h = d[i + 1];
            var next = v.AsSpan((i + 1) * n, i + 1);
            if (h != 0.0)
            {
                TensorPrimitives.Divide(next, h, d.AsSpan(0, i + 1));
                for (var j = 0; j <= i; j++)
                {
                    var column = v.AsSpan(j * n, i + 1);
                    var g = TensorPrimitives.Dot<double>(next, column);
                    TensorPrimitives.MultiplyAdd(d.AsSpan(0, i + 1), -g, column, column);
                }
            }

            next.Clear();
        }

        for (var j = 0; j < n; j++)
        {
            d[j] = v[j * n + n - 1];
            v[j * n + n - 1] = 0.0;
        }

        v[n * n - 1] = 1.0;
        e[0] = 0.0;
    }

    private static void Diagonalise(double[] v, int n, double[] d, double[] e)
    {
        e.AsSpan(1).CopyTo(e);
        e[n - 1] = 0.0;
        var shift = 0.0;
        var largest = 0.0;
        for (var l = 0; l < n; l++)
        {
            largest = Math.Max(largest, Math.Abs(d[l]) + Math.Abs(e[l]));
            var m = l;
            while (m < n - 1 && Math.Abs(e[m]) > double.Epsilon && Math.Abs(e[m]) > 2.22e-16 * largest)
            {
                m++;
            }

            for (var sweep = 0; m > l; sweep++)
            {
                if (sweep == MaximumSweeps)
                {
                    throw new ArithmeticException($"Eigenvalue {l} of {n} did not converge in {MaximumSweeps} sweeps.");
                }

                var g = d[l];
                var p = (d[l + 1] - g) / (2.0 * e[l]);
                var r = p < 0 ? -double.Hypot(p, 1.0) : double.Hypot(p, 1.0);
                d[l] = e[l] / (p + r);
                d[l + 1] = e[l] * (p + r);
                var next = d[l + 1];
                var h = g - d[l];
                for (var i = l + 2; i < n; i++)
                {
                    d[i] -= h;
                }

                shift += h;
                p = d[m];
                double c = 1, c2 = 1, c3 = 1, s = 0, s2 = 0;
                var second = e[l + 1];
                for (var i = m - 1; i >= l; i--)
                {
                    c3 = c2;
                    c2 = c;
                    s2 = s;
                    g = c * e[i];
                    h = c * p;
                    r = double.Hypot(p, e[i]);
                    e[i + 1] = s * r;
                    s = e[i] / r;
                    c = p / r;
                    p = c * d[i] - s * g;
                    d[i + 1] = h + s * (c * g + s * d[i]);
                    Rotate(v.AsSpan(i * n, n), v.AsSpan((i + 1) * n, n), c, s);
                }

                p = -s * s2 * c3 * second * e[l] / next;
                e[l] = s * p;
                d[l] = c * p;
                if (Math.Abs(e[l]) <= 2.22e-16 * largest)
                {
                    break;
                }
            }

            d[l] += shift;
            e[l] = 0.0;
        }
    }

    private static void Rotate(Span<double> lower, Span<double> upper, double c, double s)
    {
        var count = System.Numerics.Vector<double>.Count;
        var k = 0;
        for (; k <= lower.Length - count; k += count)
        {
            var low = new System.Numerics.Vector<double>(lower[k..]);
            var high = new System.Numerics.Vector<double>(upper[k..]);
            (s * low + c * high).CopyTo(upper[k..]);
            (c * low - s * high).CopyTo(lower[k..]);
        }

        for (; k < lower.Length; k++)
        {
            var high = upper[k];
            upper[k] = s * lower[k] + c * high;
            lower[k] = c * lower[k] - s * high;
        }
    }
}
