namespace Lepton.Orleans.Engine.Tests.LinearAlgebra;

/// <summary>Gaussian elimination with pivoting, in double precision: what faster solvers are compared with.</summary>
internal static class DenseSystem
{
    public static double[] Solve(double[,] matrix, double[] side)
    {
        var n = side.Length;
        var a = (double[,])matrix.Clone();
        var x = side.ToArray();
        for (var k = 0; k < n; k++)
        {
            var pivot = Enumerable.Range(k, n - k).MaxBy(i => Math.Abs(a[i, k]));
            (x[k], x[pivot]) = (x[pivot], x[k]);
            for (var j = 0; j < n; j++)
            {
                (a[k, j], a[pivot, j]) = (a[pivot, j], a[k, j]);
            }

            for (var i = k + 1; i < n; i++)
            {
                var factor = a[i, k] / a[k, k];
                x[i] -= factor * x[k];
                for (var j = k; j < n; j++)
                {
                    a[i, j] -= factor * a[k, j];
                }
            }
        }

        for (var i = n - 1; i >= 0; i--)
        {
            for (var j = i + 1; j < n; j++)
            {
                x[i] -= a[i, j] * x[j];
            }

            x[i] /= a[i, i];
        }

        return x;
    }
}
