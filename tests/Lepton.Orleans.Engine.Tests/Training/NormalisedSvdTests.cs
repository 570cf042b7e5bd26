using System.Numerics.Tensors;
using Lepton.Orleans.Engine.LinearAlgebra;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Training;

public sealed class NormalisedSvdTests
{
    [Fact]
    public void Scores_are_those_of_the_exact_truncated_decomposition()
    {
        const int n = 60;
        const int rank = 4;
        var interactions = RandomInteractions.Create(300, n, 8);
        var popularity = interactions.CountItems();
        var projector = ExactProjector(interactions, n, rank, popularity);

        var factors = NormalisedSvd.Build(interactions, rank, powerIterations: 6, seed: 3, cancellationToken: TestContext.Current.CancellationToken);

        for (var h = 0; h < n; h++)
        {
            for (var b = 0; b < n; b++)
            {
                var expected = popularity[h] > 0 && popularity[b] > 0 ? projector[h, b] * Math.Sqrt(popularity[b] / popularity[h]) : 0;
                var score = factors.InputScale[h] * TensorPrimitives.Dot(factors.Vector(h), factors.Vector(b));
                Assert.Equal(expected, score, 5e-3);
            }
        }
    }

    [Fact]
    public void Equal_seeds_give_equal_vectors_whatever_the_number_of_threads()
    {
        var interactions = RandomInteractions.Create(300, 100, 9);

        var one = NormalisedSvd.Build(interactions, 8, seed: 5, parallelism: 1, cancellationToken: TestContext.Current.CancellationToken);
        var three = NormalisedSvd.Build(interactions, 8, seed: 5, parallelism: 3, cancellationToken: TestContext.Current.CancellationToken);
        var other = NormalisedSvd.Build(interactions, 8, seed: 6, parallelism: 1, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(one.Vectors, three.Vectors);
        Assert.NotEqual(one.Vectors, other.Vectors);
    }

    [Fact]
    public void A_rank_beyond_the_data_gives_finite_vectors()
    {
        var factors = NormalisedSvd.Build(RandomInteractions.Create(5, 8, 10), 64, cancellationToken: TestContext.Current.CancellationToken);

        Assert.All(factors.Vectors, v => Assert.True(float.IsFinite(v)));
        Assert.Equal(64, factors.Rank);
    }

    [Fact]
    public void Mean_and_second_moments_summarise_the_scores_of_any_user()
    {
        var factors = NormalisedSvd.Build(RandomInteractions.Create(300, 90, 11), 12, cancellationToken: TestContext.Current.CancellationToken);
        var user = new float[12];

        Assert.True(factors.FoldIn([3, 17, 500], 1f, user));

        var scores = Enumerable.Range(0, 90).Select(i => (double)TensorPrimitives.Dot(user, factors.Vector(i))).ToArray();
        Assert.Equal(scores.Average(), TensorPrimitives.Dot(user, factors.Mean), 1e-5);
        var square = 0.0;
        for (var d = 0; d < 12; d++)
        {
            square += user[d] * TensorPrimitives.Dot(user, factors.SecondMoments.AsSpan(d * 12, 12));
        }

        Assert.Equal(scores.Average(s => s * s), square, 1e-5);
        Assert.False(factors.FoldIn([500], 1f, user));
    }

    [Fact]
    public void A_cancelled_build_throws() => Assert.ThrowsAny<OperationCanceledException>(() =>
        NormalisedSvd.Build(RandomInteractions.Create(10, 10, 1), 4, cancellationToken: new CancellationToken(true)));

    private static double[,] ExactProjector(Interactions interactions, int n, int rank, float[] popularity)
    {
        var gram = new double[n * n];
        for (var user = 0; user < interactions.UserCount; user++)
        {
            foreach (var i in interactions.Of(user))
            {
                foreach (var j in interactions.Of(user))
                {
                    gram[i * n + j] += 1.0 / interactions.Of(user).Length / Math.Sqrt(popularity[i] * popularity[j]);
                }
            }
        }

        SymmetricEigen.Decompose(gram, n);
        var projector = new double[n, n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                projector[i, j] = Enumerable.Range(0, rank).Sum(k => gram[k * n + i] * gram[k * n + j]);
            }
        }

        return projector;
    }
}
