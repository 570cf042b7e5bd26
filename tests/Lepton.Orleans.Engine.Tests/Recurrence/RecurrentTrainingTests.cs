using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Recurrence;

public sealed class RecurrentTrainingTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_gradient_is_that_of_the_loss(bool isTied)
    {
        var options = new RecurrentOptions { Tied = isTied, Memories = [0f, 2f], Chunk = 8, Negatives = 64, Dimensions = 64, Sharpness = 4f };
        int[] items = [3, 5, 9, 1, 2];
        int[] targets = [5, 9, 4, 2, 7];
        bool[] starts = [true, false, false, true, false];
        var counts = Enumerable.Range(1, 40).Select(i => (float)i).ToArray();
        double Loss(Action<RecurrentParameters> change, out float[] gradient)
        {
            var parameters = new RecurrentParameters(counts.Length, 2, 64, isTied, 7);
            change(parameters);
            var step = new RecurrentStep(options, parameters, new NegativeSampler(counts, .5f), [0f, RecurrentFactors.DecayOf(2f)]);
            var random = new Xorshift(3);
            var loss = step.Run(items, targets, starts, 0f, ref random);
            gradient = step.MixingGradient.ToArray();
            return loss;
        }

        _ = Loss(_ => { }, out var analytic);
        foreach (var at in new[] { 0, 70, 1234, 5000, 8191 })
        {
            const float step = 2e-2f;
            var numeric = (Loss(p => p.Mixing[at] += step, out _) - Loss(p => p.Mixing[at] -= step, out _)) / (2 * step);
            Assert.Equal(numeric, analytic[at], 1e-3 + (.02 * Math.Abs(numeric)));
        }
    }

    [Theory]
    [InlineData(true, .5f)]
    [InlineData(false, 0f)]
    public void What_always_comes_next_is_ranked_first(bool isTied, float negativeExponent)
    {
        // Everybody walks along a ring of 30 items, from a place of their own.
        var random = new Random(1);
        var walks = Enumerable.Range(0, 200).Select(_ => Enumerable.Range(random.Next(30), 12).Select(i => i % 30).ToArray()).ToArray();

        var factors = RecurrentTraining.Build(
            Interactions.From(walks, 31),
            new RecurrentOptions { Tied = isTied, NegativeExponent = negativeExponent },
            cancellationToken: TestContext.Current.CancellationToken)!;

        for (var item = 0; item < 30; item++)
        {
            var logits = RandomRecurrence.Logits(factors, [item, (item + 29) % 30])!;
            Assert.Equal((item + 1) % 30, Array.IndexOf(logits, logits.Max()));
            Assert.Equal(double.NegativeInfinity, logits[30]);
        }
    }

    [Fact]
    public void Equal_seeds_give_equal_models()
    {
        var interactions = RandomHistories();

        var one = RecurrentTraining.Build(interactions, seed: 4, cancellationToken: TestContext.Current.CancellationToken)!;
        var two = RecurrentTraining.Build(interactions, seed: 4, cancellationToken: TestContext.Current.CancellationToken)!;
        var other = RecurrentTraining.Build(interactions, seed: 5, cancellationToken: TestContext.Current.CancellationToken)!;

        Assert.Equal(one.Outputs, two.Outputs);
        Assert.Equal(one.Mixing, two.Mixing);
        Assert.NotEqual(one.Outputs, other.Outputs);
    }

    [Fact]
    public void Without_anything_that_comes_next_there_is_no_model() =>
        Assert.Null(RecurrentTraining.Build(Interactions.From([[1], [], [0]], 3), cancellationToken: TestContext.Current.CancellationToken));

    [Fact]
    public void A_bound_on_the_events_is_kept()
    {
        var reports = new List<double>();

        Assert.NotNull(RecurrentTraining.Build(RandomHistories(), new RecurrentOptions { MaximumEvents = 10 }, 1, new Recorder(reports), TestContext.Current.CancellationToken));

        Assert.Equal([1.0], reports);
    }

    private static Interactions RandomHistories() => Training.RandomInteractions.Create(80, 50, 3);

    private sealed class Recorder(List<double> reports) : IProgress<double>
    {
        public void Report(double value) => reports.Add(value);
    }
}
