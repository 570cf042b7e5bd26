using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Training;

public sealed class CountsTests
{
    [Theory]
    [InlineData(0f)]
    [InlineData(.8f)]
    public void Transitions_equal_the_sum_over_all_pairs_of_all_histories(float backward)
    {
        var interactions = RandomInteractions.Create(60, 40, 1);
        var expected = new double[40, 40];
        for (var user = 0; user < interactions.UserCount; user++)
        {
            var history = interactions.Of(user);
            for (var i = 0; i < history.Length; i++)
            {
                for (var j = i + 1; j < history.Length && j - i <= 5; j++)
                {
                    expected[history[i], history[j]] += Math.Pow(j - i, -.5);
                    expected[history[j], history[i]] += backward * Math.Pow(j - i, -.5);
                }
            }
        }

        var counted = TransitionCounts.Count(interactions, 100, 5, .5f, backward, parallelism: 2, cancellationToken: TestContext.Current.CancellationToken);

        AssertEqual(expected, counted);
    }

    [Fact]
    public void What_comes_again_follows_itself()
    {
        var counted = TransitionCounts.Count(Interactions.WithRepeats([[0, 1, 0]], 2), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(.5f, counted.Rows.Weight(0, 0));
        Assert.Equal(1f, counted.Rows.Weight(0, 1));
        Assert.Equal(1f, counted.Rows.Weight(1, 0));
    }

    [Fact]
    public void Co_occurrence_weighs_a_pair_by_how_little_its_user_has()
    {
        var interactions = RandomInteractions.Create(60, 40, 2);
        var expected = new double[40, 40];
        for (var user = 0; user < interactions.UserCount; user++)
        {
            var history = interactions.Of(user);
            for (var i = 0; i < history.Length; i++)
            {
                for (var j = 0; j < history.Length; j++)
                {
                    expected[history[i], history[j]] += i != j && Math.Abs(i - j) <= 6 ? Math.Pow(history.Length, -.6) : 0;
                }
            }
        }

        AssertEqual(expected, CoOccurrenceCounts.Count(interactions, 100, 6, cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_bounded_row_keeps_the_largest_and_the_total_counts_them_all()
    {
        var interactions = RandomInteractions.Create(200, 60, 3);

        var all = CoOccurrenceCounts.Count(interactions, 100, cancellationToken: TestContext.Current.CancellationToken);
        var bounded = CoOccurrenceCounts.Count(interactions, 3, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(all.Totals, bounded.Totals);
        for (var row = 0; row < 60; row++)
        {
            Assert.Equal(all.Rows.Items(row)[..Math.Min(3, all.Rows.Items(row).Length)].ToArray(), bounded.Rows.Items(row).ToArray());
        }
    }

    [Fact]
    public void Counting_stops_when_it_is_cancelled()
    {
        using var source = new CancellationTokenSource();
        var progress = new CancelAfterFirstReport(source);

        Assert.ThrowsAny<OperationCanceledException>(() =>
            CoOccurrenceCounts.Count(RandomInteractions.Create(300, 2000, 4), parallelism: 2, progress: progress, cancellationToken: source.Token));
    }

    private static void AssertEqual(double[,] expected, CountedRows counted)
    {
        for (var row = 0; row < expected.GetLength(0); row++)
        {
            var total = 0.0;
            for (var item = 0; item < expected.GetLength(1); item++)
            {
                Assert.Equal(expected[row, item], counted.Rows.Weight(row, item), 1e-4);
                total += expected[row, item];
            }

            Assert.Equal(total, counted.Totals[row], 1e-3);
        }
    }

    private sealed class CancelAfterFirstReport(CancellationTokenSource source) : IProgress<double>
    {
        public void Report(double value) => source.Cancel();
    }
}
