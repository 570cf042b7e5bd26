using Lepton.Orleans.Engine.LinearAlgebra;

namespace Lepton.Orleans.Engine.Tests.LinearAlgebra;

public sealed class LinearAlgebraTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(17)]
    [InlineData(100)]
    [InlineData(103)]
    public void A_solution_satisfies_its_equations(int n)
    {
        var matrix = PositiveDefinite(n, 3);
        var side = Enumerable.Range(0, n).Select(i => (float)Math.Sin(i)).ToArray();
        var factor = matrix.ToArray();
        var solution = side.ToArray();

        Assert.True(Cholesky.TryFactor(factor, n));
        Cholesky.Solve(factor, n, solution);

        for (var i = 0; i < n; i++)
        {
            Assert.Equal(side[i], Enumerable.Range(0, n).Sum(j => (double)matrix[i * n + j] * solution[j]), 1e-3);
        }
    }

    [Fact]
    public void A_matrix_that_is_not_positive_definite_is_told_from_one_that_is()
    {
        Assert.False(Cholesky.TryFactor([1f, 2f, 2f, 1f], 2));
        Assert.False(Cholesky.TryFactor([float.NaN], 1));
    }

    [Fact]
    public void The_inverse_of_a_factor_times_the_factor_is_the_identity()
    {
        const int n = 37;
        var factor = PositiveDefinite(n, 5);
        Assert.True(Cholesky.TryFactor(factor, n));
        var inverse = factor.ToArray();
        Cholesky.InvertUpper(inverse, n);

        for (var i = 0; i < n; i++)
        {
            for (var j = i; j < n; j++)
            {
                var sum = Enumerable.Range(i, j - i + 1).Sum(p => (double)factor[i * n + p] * inverse[p * n + j]);
                Assert.Equal(i == j ? 1.0 : 0.0, sum, 1e-3);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(64)]
    public void Eigenvectors_are_orthonormal_and_rebuild_the_matrix(int n)
    {
        var matrix = PositiveDefinite(n, 11).Select(v => (double)v).ToArray();
        var vectors = matrix.ToArray();
        var values = SymmetricEigen.Decompose(vectors, n);

        Assert.Equal(values.OrderDescending(), values);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                Assert.Equal(i == j ? 1.0 : 0.0, Enumerable.Range(0, n).Sum(k => vectors[i * n + k] * vectors[j * n + k]), 1e-9);
                Assert.Equal(matrix[i * n + j], Enumerable.Range(0, n).Sum(k => values[k] * vectors[k * n + i] * vectors[k * n + j]), 1e-6);
            }
        }
    }

    [Fact]
    public void A_diagonal_matrix_is_its_own_decomposition()
    {
        var values = SymmetricEigen.Decompose([2, 0, 0, 0, 5, 0, 0, 0, 0], 3);

        Assert.Equal([5.0, 2.0, 0.0], values);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(130, 1)]
    [InlineData(515, 2)]
    public void Tall_products_equal_the_sums_they_stand_for(int rows, int parallelism)
    {
        const int width = 64;
        var random = new Random(2);
        var a = Enumerable.Range(0, rows * width).Select(_ => random.NextSingle() - .5f).ToArray();
        var b = Enumerable.Range(0, width * width).Select(_ => random.NextSingle() - .5f).ToArray();

        var gram = TallMatrix.Gram(a, rows, width, parallelism, CancellationToken.None);
        var product = a.ToArray();
        TallMatrix.MultiplyInPlace(product, rows, width, b, parallelism, CancellationToken.None);

        for (var i = 0; i < width; i++)
        {
            for (var j = 0; j < width; j++)
            {
                Assert.Equal(Enumerable.Range(0, rows).Sum(r => (double)a[r * width + i] * a[r * width + j]), gram[i * width + j], 1e-3);
            }
        }

        for (var row = 0; row < rows; row++)
        {
            for (var j = 0; j < width; j++)
            {
                Assert.Equal(Enumerable.Range(0, width).Sum(p => (double)a[row * width + p] * b[p * width + j]), product[row * width + j], 1e-3);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(64)]
    [InlineData(97)]
    public void An_inner_product_is_the_sum_of_products(int length)
    {
        var a = Enumerable.Range(0, length).Select(i => (float)Math.Sin(i)).ToArray();
        var b = Enumerable.Range(0, length + 1).Select(i => (float)Math.Cos(i)).ToArray();

        Assert.Equal(a.Zip(b, (x, y) => (double)x * y).Sum(), InnerProduct.Of(a, b), 1e-4);
        Assert.Throws<ArgumentException>(() => InnerProduct.Of(b, a));
    }

    private static float[] PositiveDefinite(int n, int seed)
    {
        var random = new Random(seed);
        var half = Enumerable.Range(0, n * n).Select(_ => random.NextSingle() - .5f).ToArray();
        var matrix = new float[n * n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                matrix[i * n + j] = Enumerable.Range(0, n).Sum(k => half[k * n + Math.Min(i, j)] * half[k * n + Math.Max(i, j)]) + (i == j ? 1f : 0f);
            }
        }

        return matrix;
    }
}
