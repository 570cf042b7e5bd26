using Lepton.Orleans.Engine.LinearAlgebra;

namespace Lepton.Orleans.Engine.Tests.LinearAlgebra;

public sealed class SmallProductTests
{
    [Theory]
    [InlineData(4, 1, 64, false, false)]
    [InlineData(8, 5, 128, true, false)]
    [InlineData(12, 64, 64, false, true)]
    [InlineData(64, 7, 192, true, true)]
    public void A_product_is_the_sum_of_products(int rows, int inner, int columns, bool isTransposed, bool add)
    {
        var random = new Random(rows + inner);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - .5f)];
        var (a, b, c) = (Values(rows * inner), Values(inner * columns), Values(rows * columns));
        var before = c.ToArray();
        var (rowStep, columnStep) = isTransposed ? (1, rows) : (inner, 1);

        SmallProduct.Multiply(a, rowStep, columnStep, b, c, rows, inner, columns, add);

        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                var expected = add ? (double)before[(i * columns) + j] : 0;
                for (var p = 0; p < inner; p++)
                {
                    expected += (double)a[(i * rowStep) + (p * columnStep)] * b[(p * columns) + j];
                }

                Assert.Equal(expected, c[(i * columns) + j], 1e-4);
            }
        }
    }

    [Fact]
    public void Sizes_that_the_kernel_cannot_hold_are_refused()
    {
        Assert.Throws<ArgumentException>(() => SmallProduct.Multiply(new float[64], 1, 1, new float[64], new float[64], 3, 1, 64, false));
        Assert.Throws<ArgumentException>(() => SmallProduct.Multiply(new float[64], 1, 1, new float[64], new float[64], 4, 1, 60, false));
        Assert.Throws<ArgumentException>(() => SmallProduct.Multiply(new float[3], 1, 1, new float[64], new float[256], 4, 1, 64, false));
        Assert.Throws<ArgumentException>(() => SmallProduct.Multiply(new float[4], 1, 1, new float[63], new float[256], 4, 1, 64, false));
    }

    [Fact]
    public void A_transpose_swaps_rows_and_columns()
    {
        var to = new float[6];

        SmallProduct.Transpose([1, 2, 3, 4, 5, 6], 2, 3, to);

        Assert.Equal([1, 4, 2, 5, 3, 6], to);
    }
}
