using System.Numerics.Tensors;
using Lepton.Orleans.Engine.LinearAlgebra;
using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Training;

/// <summary>
/// Item vectors by alternating least squares on implicit feedback, regularised by how often a row is seen (Rendle, Krichene,
/// Zhang &amp; Koren, "Revisiting the performance of iALS on item recommendation benchmarks", 2022): with the vectors of one side
/// given, each row of the other minimises what <see cref="ImplicitFold"/> states. Rows are improved by a few steps from where
/// they were in the sweep before, so that a sweep costs a few passes over the events.
/// </summary>
public static class ImplicitFactorisation
{
    private const int BlockSize = 32;
    private const int StepsPerSweep = 5;

    /// <summary>Builds the vectors.</summary>
    /// <param name="interactions">Who had what, each item once a user; order plays no part.</param>
    /// <param name="options">Settings; <see langword="null"/> for the defaults.</param>
    /// <param name="seed">Of the random start; equal seeds give equal vectors whatever the number of threads.</param>
    /// <param name="parallelism">How many threads.</param>
    /// <param name="progress">Receives the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops the build within a block of rows.</param>
    public static ItemFactors Build(
        Interactions interactions,
        ImplicitOptions? options = null,
        int seed = 1,
        int parallelism = 1,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(interactions);
        options ??= new ImplicitOptions();
        if (options.Dimensions is < 1 or > 512 || options.Dimensions % TallMatrix.Tile != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Dimensions, $"Vectors are a multiple of {TallMatrix.Tile} long, up to 512.");
        }

        var d = options.Dimensions;
        var events = new ItemEvents(interactions);
        var items = new float[checked(interactions.ItemCount * d)];
        var users = new float[checked(interactions.UserCount * d)];
        new Normal((ulong)(uint)seed << 32).Fill(items);
        TensorPrimitives.Multiply(items, .1f / MathF.Sqrt(d), items);
        for (var sweep = 0; sweep < options.Sweeps; sweep++)
        {
            Solve(users, interactions.UserCount, interactions.Of, items, interactions.ItemCount);
            Solve(items, interactions.ItemCount, events.Users, users, interactions.UserCount);
            progress?.Report((sweep + 1) / (double)options.Sweeps);
        }

        var seen = Array.ConvertAll(interactions.CountItems(), static count => count > 0f ? 1f : 0f);
        return new ItemFactors(d, items, seen, new ImplicitFold(options.UnobservedWeight, options.Regularisation));

        void Solve(float[] vectors, int count, RowOf rows, float[] others, int otherCount)
        {
            var gram = TallMatrix.Gram(others, otherCount, d, parallelism, cancellationToken);
            TensorPrimitives.Multiply(gram, options.UnobservedWeight, gram);
            ParallelRows.Run(
                count,
                BlockSize,
                parallelism,
                static () => 0,
                (first, end, _) =>
                {
                    for (var row = first; row < end; row++)
                    {
                        var vector = vectors.AsSpan(row * d, d);
                        var had = rows(row);
                        if (had.IsEmpty)
                        {
                            vector.Clear();
                            continue;
                        }

                        var ridge = options.Regularisation * (had.Length + (options.UnobservedWeight * otherCount));
                        ImplicitSolver.Improve(gram, ridge, others, had, [], StepsPerSweep, vector);
                    }
                },
                null,
                cancellationToken);
        }
    }

    private delegate ReadOnlySpan<int> RowOf(int row);
}
