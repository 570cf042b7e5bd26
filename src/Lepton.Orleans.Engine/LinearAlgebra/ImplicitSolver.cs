using System.Numerics.Tensors;

namespace Lepton.Orleans.Engine.LinearAlgebra;

/// <summary>
/// (G + Σ w_h y_h y_hᵀ + ρI) x = Σ w_h y_h without forming the matrix, by conjugate gradients (Takács, Pilászy &amp; Tikk,
/// "Applications of the conjugate gradient method for implicit feedback collaborative filtering", 2011), preconditioned with
/// the diagonal: a step costs 2nd + d² multiplications, where a factorisation costs nd²/2 + d³/6.
/// </summary>
internal static class ImplicitSolver
{
    private const float Precision = 1e-3f;

    /// <summary>Improves a solution.</summary>
    /// <param name="gram">G, d × d.</param>
    /// <param name="ridge">ρ.</param>
    /// <param name="vectors">The vectors y, row-major, d numbers each.</param>
    /// <param name="rows">Which of them are summed.</param>
    /// <param name="weights">What each counts; empty if all count 1.</param>
    /// <param name="steps">The most steps; it ends sooner where the residual is a thousandth of the right side.</param>
    /// <param name="solution">The start; receives x. Its length is d.</param>
    public static void Improve(
        ReadOnlySpan<float> gram,
        float ridge,
        ReadOnlySpan<float> vectors,
        ReadOnlySpan<int> rows,
        ReadOnlySpan<float> weights,
        int steps,
        Span<float> solution)
    {
        var d = solution.Length;
        Span<float> scratch = d <= 512 ? stackalloc float[5 * d] : new float[5 * d];
        var residual = scratch[..d];
        var diagonal = scratch[d..(2 * d)];
        var conditioned = scratch[(2 * d)..(3 * d)];
        var direction = scratch[(3 * d)..(4 * d)];
        var image = scratch[(4 * d)..];

        residual.Clear();
        for (var k = 0; k < d; k++)
        {
            diagonal[k] = gram[(k * d) + k] + ridge;
        }

        for (var h = 0; h < rows.Length; h++)
        {
            var vector = vectors.Slice(rows[h] * d, d);
            var weight = weights.IsEmpty ? 1f : weights[h];
            TensorPrimitives.MultiplyAdd(vector, weight, residual, residual);
            TensorPrimitives.Multiply(vector, vector, image);
            TensorPrimitives.MultiplyAdd(image, weight, diagonal, diagonal);
        }

        var goal = Precision * Precision * TensorPrimitives.SumOfSquares<float>(residual);
        Multiply(gram, ridge, vectors, rows, weights, solution, image);
        TensorPrimitives.Subtract(residual, image, residual);
        TensorPrimitives.Divide(residual, diagonal, conditioned);
        conditioned.CopyTo(direction);
        var slope = TensorPrimitives.Dot<float>(residual, conditioned);
        for (var step = 0; step < steps && TensorPrimitives.SumOfSquares<float>(residual) > goal; step++)
        {
            Multiply(gram, ridge, vectors, rows, weights, direction, image);
            var length = slope / TensorPrimitives.Dot<float>(direction, image);
            TensorPrimitives.MultiplyAdd(direction, length, solution, solution);
            TensorPrimitives.MultiplyAdd(image, -length, residual, residual);
            TensorPrimitives.Divide(residual, diagonal, conditioned);
            var next = TensorPrimitives.Dot<float>(residual, conditioned);
            TensorPrimitives.MultiplyAdd(direction, next / slope, conditioned, direction);
            slope = next;
        }
    }

    private static void Multiply(
        ReadOnlySpan<float> gram,
        float ridge,
        ReadOnlySpan<float> vectors,
        ReadOnlySpan<int> rows,
        ReadOnlySpan<float> weights,
        ReadOnlySpan<float> direction,
        Span<float> image)
    {
        var d = direction.Length;
        for (var k = 0; k < d; k++)
        {
            image[k] = InnerProduct.Of(direction, gram.Slice(k * d, d)) + (ridge * direction[k]);
        }

        for (var h = 0; h < rows.Length; h++)
        {
            var vector = vectors.Slice(rows[h] * d, d);
            var share = InnerProduct.Of(direction, vector) * (weights.IsEmpty ? 1f : weights[h]);
            TensorPrimitives.MultiplyAdd(vector, share, image, image);
        }
    }
}
