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
