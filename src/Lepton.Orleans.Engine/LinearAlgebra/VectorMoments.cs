using System.Numerics.Tensors;

namespace Lepton.Orleans.Engine.LinearAlgebra;

/// <summary>Mean and second moments of many vectors: what they tell of anybody's inner products with all of them, without a look at any.</summary>
internal sealed class VectorMoments
{
    // Single precision within a block, double across blocks: a million summands stay exact enough.
    private const int Block = 256;

    private VectorMoments(float[] mean, float[] products) => (Mean, Products) = (mean, products);

    /// <summary>The mean vector.</summary>
    public float[] Mean { get; }

    /// <summary>The mean of v vᵀ, row-major.</summary>
    public float[] Products { get; }

    /// <summary>Goes through vectors once.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="dimensions">The length of each.</param>
    /// <param name="vector">Gives one; it is read before the next is asked for.</param>
    public static VectorMoments Of(int count, int dimensions, Func<int, ReadOnlySpan<float>> vector)
    {
        var sums = new double[dimensions];
        var moments = new double[dimensions * dimensions];
        var block = new float[dimensions * dimensions];
        for (var i = 0; i < count; i++)
        {
            var one = vector(i);
            for (var d = 0; d < dimensions; d++)
            {
                sums[d] += one[d];
                var row = block.AsSpan(d * dimensions, dimensions);
                TensorPrimitives.MultiplyAdd(one, one[d], row, row);
            }

            if ((i + 1) % Block == 0 || i == count - 1)
            {
                for (var j = 0; j < block.Length; j++)
                {
                    moments[j] += block[j];
                }

                Array.Clear(block);
            }
        }

        var divisor = Math.Max(1, count);
        return new VectorMoments(Array.ConvertAll(sums, sum => (float)(sum / divisor)), Array.ConvertAll(moments, moment => (float)(moment / divisor)));
    }

    /// <summary>The mean of a vector's inner products with all, and that of their squares.</summary>
    public (double Mean, double Square) ProductsWith(ReadOnlySpan<float> vector)
    {
        var square = 0.0;
        for (var d = 0; d < vector.Length; d++)
        {
            square += vector[d] * InnerProduct.Of(vector, Products.AsSpan(d * vector.Length, vector.Length));
        }

        return (TensorPrimitives.Dot(vector, Mean), square);
    }
}
