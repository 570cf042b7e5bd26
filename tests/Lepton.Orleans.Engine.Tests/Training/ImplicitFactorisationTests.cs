using System.Numerics.Tensors;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Tests.LinearAlgebra;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Training;

public sealed class ImplicitFactorisationTests
{
    private const int D = 32;

    [Fact]
    public void Scores_are_those_of_alternating_exact_solutions()
    {
        const int sweeps = 40;
        var interactions = RandomInteractions.Create(120, 60, 31);
        var options = new ImplicitOptions { Dimensions = D, Sweeps = sweeps, Regularisation = .05f };

        var factors = ImplicitFactorisation.Build(interactions, options, seed: 4, cancellationToken: TestContext.Current.CancellationToken);

        var (users, items) = Alternate(interactions, options, seed: 4, sweeps);
        var user = new float[D];
        for (var u = 0; u < interactions.UserCount; u++)
        {
            Assert.True(factors.FoldIn(interactions.Of(u), 0f, user));
            for (var b = 0; b < interactions.ItemCount; b++)
            {
                Assert.Equal(Product(users[u], items[b]), TensorPrimitives.Dot(user, factors.Vector(b)), .02);
            }
        }
    }

    [Fact]
    public void A_user_is_the_least_squares_solution_over_the_known_history_by_age()
    {
        var random = new Random(7);
        var vectors = Enumerable.Range(0, 50 * D).Select(_ => random.NextSingle() - .5f).ToArray();
        var known = Enumerable.Range(0, 50).Select(i => i == 9 ? 0f : 1f).ToArray();
        var fold = new ImplicitFold(.1f, .02f);
        var factors = new ItemFactors(D, vectors, known, fold);
        int[] history = [3, 77, 9, 12, 40, -1, 5];
        var user = new float[D];

        Assert.True(factors.FoldIn(history, 1f, user));

        (int Item, double Weight)[] counted = [(3, 1), (12, 1 / 4.0), (40, 1 / 5.0), (5, 1 / 7.0)];
        var rows = Enumerable.Range(0, 50).Select(i => vectors.AsSpan(i * D, D).ToArray().Select(v => (double)v).ToArray()).ToArray();
        var expected = Solve(rows, counted, fold);
        for (var k = 0; k < D; k++)
        {
            Assert.Equal(expected[k], user[k], 5e-3);
        }

        Assert.False(factors.FoldIn([9, 77], 1f, user));
    }

    [Fact]
    public void Equal_seeds_give_equal_vectors_whatever_the_number_of_threads()
    {
        var interactions = RandomInteractions.Create(200, 80, 32);
        var options = new ImplicitOptions { Dimensions = D, Sweeps = 2 };

        var one = ImplicitFactorisation.Build(interactions, options, 5, 1, cancellationToken: TestContext.Current.CancellationToken);
        var three = ImplicitFactorisation.Build(interactions, options, 5, 3, cancellationToken: TestContext.Current.CancellationToken);
        var other = ImplicitFactorisation.Build(interactions, options, 6, 1, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(one.Vectors, three.Vectors);
        Assert.NotEqual(one.Vectors, other.Vectors);
    }

    [Fact]
    public void Lengths_that_the_kernels_cannot_take_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() =>
        ImplicitFactorisation.Build(RandomInteractions.Create(5, 8, 1), new ImplicitOptions { Dimensions = 40 }, cancellationToken: TestContext.Current.CancellationToken));

    private static (double[][] Users, double[][] Items) Alternate(Interactions interactions, ImplicitOptions options, int seed, int sweeps)
    {
        var start = new float[interactions.ItemCount * D];
        new Normal((ulong)(uint)seed << 32).Fill(start);
        var items = Enumerable.Range(0, interactions.ItemCount).Select(i => Enumerable.Range(0, D).Select(k => start[(i * D) + k] * .1 / Math.Sqrt(D)).ToArray()).ToArray();
        var users = Enumerable.Range(0, interactions.UserCount).Select(_ => new double[D]).ToArray();
        var fold = new ImplicitFold(options.UnobservedWeight, options.Regularisation);
        for (var sweep = 0; sweep <= sweeps; sweep++)
        {
            for (var u = 0; u < users.Length; u++)
            {
                users[u] = Solve(items, interactions.Of(u).ToArray().Select(i => (i, 1.0)), fold);
            }

            for (var i = 0; i < items.Length && sweep < sweeps; i++)
            {
                items[i] = Solve(users, Enumerable.Range(0, users.Length).Where(u => interactions.Of(u).Contains(i)).Select(u => (u, 1.0)), fold);
            }
        }

        return (users, items);
    }

    private static double[] Solve(double[][] rows, IEnumerable<(int Row, double Weight)> counted, ImplicitFold fold)
    {
        var side = new double[D];
        var matrix = new double[D, D];
        var observed = counted.ToArray();
        foreach (var (row, weight) in rows.Select((_, row) => (row, (double)fold.UnobservedWeight)).Concat(observed))
        {
            for (var i = 0; i < D; i++)
            {
                for (var j = 0; j < D; j++)
                {
                    matrix[i, j] += weight * rows[row][i] * rows[row][j];
                }
            }
        }

        foreach (var (row, weight) in observed)
        {
            for (var i = 0; i < D; i++)
            {
                side[i] += weight * rows[row][i];
            }
        }

        for (var i = 0; i < D; i++)
        {
            matrix[i, i] += fold.Regularisation * (observed.Sum(o => o.Weight) + (fold.UnobservedWeight * rows.Length));
        }

        return DenseSystem.Solve(matrix, side);
    }

    private static double Product(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
