using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Training;

public sealed class LocalRidgeTests
{
    [Fact]
    public void Weights_solve_the_ridge_equations_of_the_neighbours_they_chose()
    {
        const int n = 30;
        const int neighbours = 7;
        var interactions = RandomInteractions.Create(150, n, 5);
        var gram = Gram(interactions, n, .6);
        var popularity = interactions.CountItems();
        var lambda = 3 * Enumerable.Range(0, n).Where(i => popularity[i] > 0).Average(i => gram[i, i]);

        var table = LocalRidge.Build(interactions, new LocalRidgeOptions { Neighbours = neighbours, TargetsPerSource = n }, cancellationToken: TestContext.Current.CancellationToken);

        for (var target = 0; target < n; target++)
        {
            var chosen = Enumerable.Range(0, n).Where(i => i != target && gram[i, target] > 0)
                .OrderByDescending(i => (float)(Math.Pow(Math.Max(1, popularity[i]), -.6) * gram[i, target])).ThenBy(i => i)
                .Take(neighbours).ToArray();
            var weights = Solve(chosen, target, gram, lambda);
            for (var k = 0; k < chosen.Length; k++)
            {
                Assert.Equal(weights[k], table.Weight(chosen[k], target), 2e-4);
            }

            Assert.Equal(chosen.Length, Enumerable.Range(0, n).Count(source => table.Items(source).Contains(target)));
        }
    }

    [Fact]
    public void The_result_does_not_depend_on_the_number_of_threads()
    {
        var interactions = RandomInteractions.Create(400, 200, 6);

        var one = LocalRidge.Build(interactions, parallelism: 1, cancellationToken: TestContext.Current.CancellationToken);
        var four = LocalRidge.Build(interactions, parallelism: 4, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(one.RowCount, four.RowCount);
        for (var row = 0; row < one.RowCount; row++)
        {
            Assert.Equal(one.Items(row).ToArray(), four.Items(row).ToArray());
            Assert.Equal(one.Weights(row).ToArray(), four.Weights(row).ToArray());
        }
    }

    [Theory]
    [InlineData(400)]
    [InlineData(1500)]
    public void No_more_pairs_are_kept_than_are_allowed_and_those_are_the_nearest(int allowed)
    {
        var interactions = RandomInteractions.Create(400, 80, 9);
        var popularity = interactions.CountItems();
        var cancelled = TestContext.Current.CancellationToken;
        var all = Engine.Training.Gram.Compute(interactions, .6f, long.MaxValue, 1, null, cancelled);

        var some = Engine.Training.Gram.Compute(interactions, .6f, allowed, 2, null, cancelled);

        Assert.True(all.Pairs > allowed);
        Assert.InRange(some.Pairs, allowed / 2, allowed);
        var longest = Enumerable.Range(0, 80).Max(item => some.Items(item).Length);
        for (var item = 0; item < 80; item++)
        {
            var nearest = all.Items(item).ToArray()
                .OrderByDescending(other => other == item ? float.PositiveInfinity : MathF.Pow(Math.Max(1f, popularity[other]), -.6f) * all.ValueOf(item, other)).ThenBy(other => other)
                .Take(longest).Order().ToArray();
            Assert.Equal(nearest, some.Items(item).ToArray());
            Assert.Equal(nearest.Select(other => all.ValueOf(item, other)), some.Values(item).ToArray());
        }
    }

    [Fact]
    public void Regressions_over_pairs_that_were_left_out_choose_the_same_neighbours()
    {
        var interactions = RandomInteractions.Create(400, 80, 9);
        var cancelled = TestContext.Current.CancellationToken;
        var options = new LocalRidgeOptions { Neighbours = 6, TargetsPerSource = 80 };

        var all = LocalRidge.Build(interactions, options, cancellationToken: cancelled);
        var some = LocalRidge.Build(interactions, options with { MaximumPairs = 80 * 12 }, cancellationToken: cancelled);

        var different = 0;
        for (var source = 0; source < 80; source++)
        {
            Assert.Equal(all.Items(source).ToArray().Order(), some.Items(source).ToArray().Order());
            different += all.Weights(source).SequenceEqual(some.Weights(source)) ? 0 : 1;
            foreach (var target in all.Items(source))
            {
                Assert.Equal(all.Weight(source, target), some.Weight(source, target), .1);
            }
        }

        Assert.NotEqual(0, different);
    }

    [Fact]
    public void A_source_votes_for_no_more_targets_than_it_may()
    {
        var table = LocalRidge.Build(RandomInteractions.Create(300, 80, 7), new LocalRidgeOptions { TargetsPerSource = 5 }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.All(Enumerable.Range(0, table.RowCount), row => Assert.InRange(table.Items(row).Length, 0, 5));
    }

    [Fact]
    public void Nothing_learned_from_nothing()
    {
        Assert.Equal(0, LocalRidge.Build(new Interactions([0], [], 0), cancellationToken: TestContext.Current.CancellationToken).EntryCount);
        Assert.Equal(0, LocalRidge.Build(new Interactions([0, 1, 2], [0, 1], 5), cancellationToken: TestContext.Current.CancellationToken).EntryCount);
    }

    [Fact]
    public void A_cancelled_build_throws() => Assert.ThrowsAny<OperationCanceledException>(() =>
        LocalRidge.Build(RandomInteractions.Create(10, 10, 1), cancellationToken: new CancellationToken(true)));

    private static double[,] Gram(Interactions interactions, int n, double exponent)
    {
        var gram = new double[n, n];
        for (var user = 0; user < interactions.UserCount; user++)
        {
            foreach (var i in interactions.Of(user))
            {
                foreach (var j in interactions.Of(user))
                {
                    gram[i, j] += Math.Pow(interactions.Of(user).Length, -exponent);
                }
            }
        }

        return gram;
    }

    // Gauss elimination without pivoting: the matrix is positive definite.
    private static double[] Solve(int[] chosen, int target, double[,] gram, double lambda)
    {
        var n = chosen.Length;
        var a = new double[n, n + 1];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                a[i, j] = gram[chosen[i], chosen[j]] + (i == j ? lambda : 0);
            }

            a[i, n] = gram[chosen[i], target];
        }

        for (var pivot = 0; pivot < n; pivot++)
        {
            for (var i = 0; i < n; i++)
            {
                var factor = i == pivot ? 0 : a[i, pivot] / a[pivot, pivot];
                for (var j = pivot; j <= n && factor != 0; j++)
                {
                    a[i, j] -= factor * a[pivot, j];
                }
            }
        }

        return Enumerable.Range(0, n).Select(i => a[i, n] / a[i, i]).ToArray();
    }
}
