using System.Numerics.Tensors;
using Lepton.Orleans.Engine.LinearAlgebra;
using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Training;

/// <summary>
/// Item vectors from a truncated singular value decomposition of R̂ = diag(d_u^−½) X diag(p_i^−½) ≈ U Σ Vᵀ, found by
/// randomised subspace iteration (Halko, Martinsson &amp; Tropp, "Finding structure with randomness", 2011). A user is folded
/// in from the history: score = (x ∘ p^−½) V Vᵀ ∘ p^½.
/// </summary>
public static class NormalisedSvd
{
    private const int Oversampling = 16;
    private const int BlockSize = 128;

    // Below this share of its own diagonal a Gram pivot is rounding: the direction was already there.
    private const float Dependence = 1e-6f;

    /// <summary>Builds the vectors.</summary>
    /// <param name="interactions">Who had what; order plays no part.</param>
    /// <param name="rank">The length of a vector, 1 to 512; small data sets give vectors with zeros at the end.</param>
    /// <param name="powerIterations">How often the subspace is refined.</param>
    /// <param name="seed">Of the random start; equal seeds give equal vectors whatever the number of threads.</param>
    /// <param name="parallelism">How many threads.</param>
    /// <param name="progress">Receives the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops the build within a block of rows.</param>
    public static ItemFactors Build(
        Interactions interactions,
        int rank = 64,
        int powerIterations = 2,
        int seed = 1,
        int parallelism = 1,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(interactions);
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rank, 512);
        ArgumentOutOfRangeException.ThrowIfNegative(powerIterations);

        var matrix = new Normalised(interactions, parallelism, cancellationToken);
        var width = (rank + Oversampling + TallMatrix.Tile - 1) / TallMatrix.Tile * TallMatrix.Tile;
        var users = new float[checked(interactions.UserCount * width)];
        var items = new float[checked(interactions.ItemCount * width)];
        var steps = 2.0 * powerIterations + 3;

        FillNormal(users, interactions.UserCount, width, seed, parallelism, cancellationToken);
        matrix.ToItems(users, items, width);
        Orthonormalise(items, interactions.ItemCount, width, parallelism, cancellationToken);
        progress?.Report(1 / steps);
        for (var iteration = 0; iteration < powerIterations; iteration++)
        {
            matrix.ToUsers(items, users, width);
            matrix.ToItems(users, items, width);
            Orthonormalise(items, interactions.ItemCount, width, parallelism, cancellationToken);
            progress?.Report((3 + 2 * iteration) / steps);
        }

        // A second pass makes the basis orthonormal to working precision.
        Orthonormalise(items, interactions.ItemCount, width, parallelism, cancellationToken);
        matrix.ToUsers(items, users, width);
        var rotation = TopEigenvectors(TallMatrix.Gram(users, interactions.UserCount, width, parallelism, cancellationToken), width, rank);
        TallMatrix.MultiplyInPlace(items, interactions.ItemCount, width, rotation, parallelism, cancellationToken);
        var factors = Scale(items, interactions.CountItems(), width, rank);
        progress?.Report(1);
        return factors;
    }

    private static ItemFactors Scale(float[] items, float[] popularity, int width, int rank)
    {
        var vectors = new float[popularity.Length * rank];
        var inputScale = new float[popularity.Length];
        for (var item = 0; item < popularity.Length; item++)
        {
            if (popularity[item] > 0f)
            {
                inputScale[item] = 1f / popularity[item];
                TensorPrimitives.Multiply(items.AsSpan(item * width, rank), MathF.Sqrt(popularity[item]), vectors.AsSpan(item * rank, rank));
            }
        }

        return new ItemFactors(rank, vectors, inputScale);
    }

    /// <summary>The rotation whose first <paramref name="rank"/> columns are the leading eigenvectors; the others are zero.</summary>
    private static float[] TopEigenvectors(float[] gram, int width, int rank)
    {
        var vectors = Array.ConvertAll(gram, static value => (double)value);
        _ = SymmetricEigen.Decompose(vectors, width);
        var rotation = new float[width * width];
        for (var column = 0; column < rank; column++)
        {
            for (var row = 0; row < width; row++)
            {
                rotation[row * width + column] = (float)vectors[column * width + row];
            }
        }

        return rotation;
    }

    /// <summary>Orthonormal columns by way of the Cholesky factor of AᵀA; columns that depend on earlier ones become zero.</summary>
    private static void Orthonormalise(float[] a, int rows, int width, int parallelism, CancellationToken cancellationToken)
    {
        var factor = TallMatrix.Gram(a, rows, width, parallelism, cancellationToken);
        _ = Cholesky.Factor(factor, width, Dependence);
        Cholesky.InvertUpper(factor, width);
        for (var row = 0; row < width; row++)
        {
            factor.AsSpan(row * width, row).Clear();
        }

        TallMatrix.MultiplyInPlace(a, rows, width, factor, parallelism, cancellationToken);
    }

    private static void FillNormal(float[] values, int rows, int width, int seed, int parallelism, CancellationToken cancellationToken) =>
        ParallelRows.Run(
            rows,
            BlockSize,
            parallelism,
            static () => 0,
            (first, end, _) =>
            {
                for (var row = first; row < end; row++)
                {
                    var random = new Normal(((ulong)(uint)seed << 32) | (uint)row);
                    random.Fill(values.AsSpan(row * width, width));
                }
            },
            null,
            cancellationToken);

    /// <summary>R̂ and its transpose, applied to blocks of vectors.</summary>
    private sealed class Normalised(Interactions interactions, int parallelism, CancellationToken cancellationToken)
    {
        private readonly ItemEvents _events = new(interactions);
        private readonly float[] _userScale = InverseRoots(UserSizes(interactions));
        private readonly float[] _itemScale = InverseRoots(interactions.CountItems());

        public void ToUsers(float[] items, float[] users, int width) =>
            ParallelRows.Run(
                interactions.UserCount,
                BlockSize,
                parallelism,
                static () => 0,
                (first, end, _) =>
                {
                    for (var user = first; user < end; user++)
                    {
                        var target = users.AsSpan(user * width, width);
                        target.Clear();
                        foreach (var item in interactions.Of(user))
                        {
                            TensorPrimitives.MultiplyAdd(items.AsSpan(item * width, width), _userScale[user] * _itemScale[item], target, target);
                        }
                    }
                },
                null,
                cancellationToken);

        public void ToItems(float[] users, float[] items, int width) =>
            ParallelRows.Run(
                interactions.ItemCount,
                BlockSize,
                parallelism,
                static () => 0,
                (first, end, _) =>
                {
                    for (var item = first; item < end; item++)
                    {
                        var target = items.AsSpan(item * width, width);
                        target.Clear();
                        foreach (var user in _events.Users(item))
                        {
                            TensorPrimitives.MultiplyAdd(users.AsSpan(user * width, width), _userScale[user] * _itemScale[item], target, target);
                        }
                    }
                },
                null,
                cancellationToken);

        private static float[] UserSizes(Interactions interactions)
        {
            var sizes = new float[interactions.UserCount];
            for (var user = 0; user < sizes.Length; user++)
            {
                sizes[user] = interactions.Of(user).Length;
            }

            return sizes;
        }

        private static float[] InverseRoots(float[] values) => Array.ConvertAll(values, static v => v > 0f ? 1f / MathF.Sqrt(v) : 0f);
    }
}
