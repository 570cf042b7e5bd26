using Lepton.Orleans.Engine.LinearAlgebra;

namespace Lepton.Orleans.Engine.Tests.LinearAlgebra;

public sealed class ByteVectorsTests
{
    [Fact]
    public void Products_are_those_of_the_definition_for_every_length()
    {
        var random = new Random(1);
        for (var length = 1; length < 200; length++)
        {
            var row = Numbers(random, length);
            var user = Enumerable.Range(0, length).Select(_ => random.NextSingle() - .5f).ToArray();
            var code = new int[(length + 1) / 2];

            var scale = ByteVectors.Encode(user, code);

            var expected = row.Zip(user, (number, value) => number * (double)value).Sum();
            Assert.Equal(expected, ByteVectors.Product(row, code) * scale, 127 * .5 / 8191 * length);
        }
    }

    [Fact]
    public void An_encoded_user_is_rounded_to_whole_numbers_of_its_scale()
    {
        var random = new Random(2);
        for (var length = 1; length < 150; length++)
        {
            var user = Enumerable.Range(0, length).Select(_ => random.NextSingle() - .5f).ToArray();
            var code = new int[(length + 1) / 2];

            var scale = ByteVectors.Encode(user, code);

            Assert.Equal(user.Max(MathF.Abs) / 8191f, scale);
            Assert.All(Enumerable.Range(0, length), d =>
                Assert.Equal((int)MathF.Round(user[d] / scale), d % 2 == 0 ? (short)code[d / 2] : code[d / 2] >> 16));
            Assert.Equal(0, length % 2 == 0 ? 0 : code[^1] >> 16);
        }
    }

    [Fact]
    public void A_user_of_nothing_has_a_product_of_nothing()
    {
        int[] code = [7, 7];

        Assert.Equal(0f, ByteVectors.Encode([0f, 0f, 0f], code));
        Assert.Equal(0, ByteVectors.Product([1, 2, 3], code));
        Assert.Throws<ArgumentException>(() => ByteVectors.Product([1, 2, 3, 4, 5], code));
    }

    [Fact]
    public void Sums_of_rows_are_those_of_the_definition_for_every_length()
    {
        var random = new Random(3);
        for (var length = 1; length < 200; length++)
        {
            var numbers = Numbers(random, 9 * length);
            int[] rows = [.. Enumerable.Range(0, random.Next(6)).Select(_ => random.Next(9))];
            float[] weights = [.. rows.Select(_ => random.NextSingle() - .5f)];
            var sum = Enumerable.Repeat(5f, length).ToArray();

            ByteVectors.Sum(numbers, rows, weights, sum);

            Assert.All(Enumerable.Range(0, length), d =>
                Assert.Equal(rows.Zip(weights, (row, weight) => (double)weight * numbers[(row * length) + d]).Sum(), sum[d], 1e-3));
        }
    }

    [Fact]
    public void A_vector_is_off_by_half_of_its_scale_at_most()
    {
        float[] vector = [.3f, -1.27f, 0f, .004f];
        var numbers = new sbyte[4];

        var scale = ByteVectors.Quantise(vector, numbers);

        Assert.Equal(.01f, scale, 1e-6f);
        Assert.Equal([30, -127, 0, 0], numbers);
        Assert.Equal(0f, ByteVectors.Quantise([0f, 0f], numbers));
    }

    private static sbyte[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (sbyte)random.Next(-127, 128))];
}
