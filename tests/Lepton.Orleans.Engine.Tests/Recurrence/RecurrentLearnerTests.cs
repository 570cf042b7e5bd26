using Lepton.Orleans.Engine.LinearAlgebra;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Recurrence;

public sealed class RecurrentLearnerTests
{
    private static readonly RecurrentLearnerOptions Small = new() { MaximumItems = 1024, RecentEvents = 256 };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Loss_and_gradient_are_those_of_the_softmax_over_target_and_negatives(bool isTied)
    {
        var options = new RecurrentOptions { Tied = isTied, Memories = [0f, 2f], Chunk = 8, Negatives = 64, Dimensions = 64, Sharpness = 4f };
        float[] decays = [0f, RecurrentFactors.DecayOf(2f)];
        int[] before = [3, 5, 9, 1, 2, 2, 7];
        int[] ends = [3, 4, 7];
        int[] targets = [4, 2, 8];
        double Step(Action<RecurrentParameters> change, out float[] gradient, out double naive)
        {
            var parameters = new RecurrentParameters(40, 2, 64, isTied, 7);
            change(parameters);
            naive = 0;
            var negatives = new RecentNegatives(16);
            negatives.Grow(40, 40);
            Array.ForEach(targets, negatives.Add);
            var step = new RecurrentStep(options, parameters, negatives, decays);
            var random = new Xorshift(3);
            var again = random;
            var drawn = new int[64];
            negatives.Draw(1, drawn, ref again);
            for (var t = 0; t < targets.Length; t++)
            {
                naive += NaiveLoss(parameters, decays, isTied ? 4.0 : 0, before[(t == 0 ? 0 : ends[t - 1])..ends[t]], targets[t], drawn, negatives.Corrections);
            }

            var loss = step.Run(before, ends, targets, 0f, ref random);
            gradient = step.MixingGradient.ToArray();
            return loss;
        }

        var loss = Step(_ => { }, out var analytic, out var expected);
        Assert.Equal(expected, loss, 1e-3 * expected);
        foreach (var at in new[] { 0, 70, 1234, 5000, 8191 })
        {
            const float step = 1e-3f;
            _ = Step(p => p.Mixing[at] += step, out _, out var above);
            _ = Step(p => p.Mixing[at] -= step, out _, out var below);
            var numeric = (above - below) / (2 * step);
            Assert.Equal(numeric, analytic[at], 1e-4 + (.01 * Math.Abs(numeric)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_new_item_is_ranked_where_it_follows_after_a_few_events(bool isTied)
    {
        var start = RecurrentTraining.Build(
            Interactions.From(Walks(200, 30), 30),
            new RecurrentOptions { Tied = isTied },
            cancellationToken: TestContext.Current.CancellationToken)!;
        var learner = new RecurrentLearner(start, Enumerable.Repeat(80f, 30).ToArray(), Small);

        // From now on item 30 comes after item 7.
        for (var i = 0; i < 40; i++)
        {
            _ = learner.Learn(Events((30, [7, 6, 5]), (8, [7, 6]), (12, [11, 10, 9])));
        }

        var learned = Factors(learner, start);
        Assert.Equal(31, learned.Count);
        var logits = RandomRecurrence.Logits(learned, [7, 6, 5])!;
        var better = logits.Index().Count(l => l.Item > logits[30]);
        Assert.True(better <= 1, $"{better} items are ranked above the new one");
        var elsewhere = RandomRecurrence.Logits(learned, [20, 19, 18])!;
        Assert.Equal(21, Array.IndexOf(elsewhere, elsewhere.Max()));
        Assert.Equal(30, start.Count);
    }

    [Fact]
    public void From_nothing_what_always_comes_next_is_learned()
    {
        var learner = new RecurrentLearner(null, default, Small);
        foreach (var walk in Walks(1500, 30))
        {
            for (var i = 1; i < walk.Length; i++)
            {
                _ = learner.Learn(Events((walk[i], walk[..i].Reverse().ToArray())));
            }
        }

        var learned = Factors(learner, null);
        var right = Enumerable.Range(0, 30).Count(item =>
        {
            var logits = RandomRecurrence.Logits(learned, [item, (item + 29) % 30])!;
            return Array.IndexOf(logits, logits.Max()) == (item + 1) % 30;
        });
        Assert.True(right >= 27, $"{right} of 30 are right");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Equal_seeds_give_equal_models_and_a_checkpoint_goes_on_as_if_nothing_had_happened(bool isTied)
    {
        var start = RecurrentTraining.Build(
            Interactions.From(Walks(50, 30), 30),
            new RecurrentOptions { Tied = isTied, Epochs = 1 },
            cancellationToken: TestContext.Current.CancellationToken)!;
        var counts = Enumerable.Repeat(20f, 30).ToArray();
        var one = new RecurrentLearner(start, counts, Small, 5);
        var two = new RecurrentLearner(start, counts, Small, 5);
        var other = new RecurrentLearner(start, counts, Small, 6);
        var random = new Random(2);
        for (var i = 0; i < 60; i++)
        {
            if (i == 30)
            {
                using var stream = new MemoryStream();
                two.Write(stream);
                stream.Position = 0;
                two = RecurrentLearner.Read(stream, start, counts, Small);
                Assert.Equal(stream.Length, stream.Position);
            }

            var batch = Events([.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => (random.Next(60), Enumerable.Range(0, random.Next(6)).Select(_ => random.Next(60)).ToArray()))]);
            _ = one.Learn(batch);
            _ = two.Learn(batch);
            _ = other.Learn(batch);
        }

        Assert.Equal(Factors(one, start).Outputs, Factors(two, start).Outputs);
        Assert.Equal(Factors(one, start).Mixing, Factors(two, start).Mixing);
        Assert.Equal(one.Events, two.Events);
        Assert.NotEqual(Factors(one, start).Outputs, Factors(other, start).Outputs);
    }

    [Fact]
    public void Memory_is_bounded_and_the_items_of_recent_events_stay()
    {
        var learner = new RecurrentLearner(null, default, new RecurrentLearnerOptions { MaximumItems = 64, RecentEvents = 16 });

        for (var item = 1; item < 2000; item++)
        {
            _ = learner.Learn(Events((item, [item - 1])));
        }

        Assert.Equal(64, learner.Count);
        var held = learner.RowsAfter(-1, 0, int.MaxValue, out _).Items;
        Assert.All(Enumerable.Range(1984, 16), item => Assert.Contains(item, held));
    }

    [Fact]
    public void Pages_of_what_changed_after_a_version_make_the_same_model_as_everything_at_once()
    {
        var learner = new RecurrentLearner(null, default, Small);
        _ = learner.Learn(Events((1, [0]), (2, [1, 0])));
        var first = RecurrentFactors.With(null, [learner.RowsAfter(-1, 0, int.MaxValue, out _)]);
        var seen = learner.Version;
        _ = learner.Learn(Events((40, [2, 1]), (3, [40])));

        var pages = new List<RecurrentRows>();
        for (var next = 0; next >= 0;)
        {
            pages.Add(RecurrentRows.FromBytes(learner.RowsAfter(seen, next, 2, out next).ToBytes()));
        }

        var patched = RecurrentFactors.With(first, pages);
        var whole = Factors(learner, null);
        Assert.True(pages.Count > 1);
        Assert.Equal(whole.Outputs, patched.Outputs);
        Assert.Equal(whole.OutputScales, patched.OutputScales);
        Assert.Equal(whole.Mixing, patched.Mixing);
        Span<int> code = stackalloc int[32];
        Span<float> user = stackalloc float[64];
        Assert.True(patched.FoldIn([3, 40], new float[4 * 64], user));
        var scale = ByteVectors.Encode(user, code);
        var logits = RandomRecurrence.Logits(patched, [3, 40])!;
        for (var item = 0; item < patched.Count; item++)
        {
            var score = patched.Blocks.Score(code, scale, item / 16)[item % 16];
            Assert.True(score == logits[item] || Math.Abs(score - logits[item]) < .05, $"{score} is not {logits[item]}");
        }
    }

    [Fact]
    public void What_is_no_checkpoint_or_no_rows_is_refused()
    {
        var learner = new RecurrentLearner(null, default, Small);
        _ = learner.Learn(Events((1, [0]), (2, [1, 0])));
        using var whole = new MemoryStream();
        learner.Write(whole);
        var bytes = whole.ToArray();
        foreach (var length in new[] { 0, 3, 20, 100, bytes.Length / 2, bytes.Length - 1 })
        {
            using var cut = new MemoryStream(bytes, 0, length);
            Assert.Throws<InvalidDataException>(() => RecurrentLearner.Read(cut, null, default, Small));
        }

        var tied = new MemoryStream(bytes);
        var start = RandomRecurrence.Create(new Random(3), 10, 64, 2);
        Assert.Throws<InvalidDataException>(() => RecurrentLearner.Read(tied, start, default, Small));
        var rows = learner.RowsAfter(-1, 0, 10, out _);
        Assert.Throws<InvalidDataException>(() => RecurrentRows.FromBytes(rows.ToBytes().AsSpan(0, 50)));
        Assert.Throws<InvalidDataException>(() => RecurrentRows.FromBytes((rows with { Items = [1] }).ToBytes()));
        Assert.Throws<ArgumentException>(() => RecurrentFactors.With(start, [rows]));
    }

    [Fact]
    public void A_run_of_events_is_read_as_it_was_written_and_ends_at_what_is_none()
    {
        var run = new int[100];
        var length = EventContexts.Write(run, 5, [4, 3]);
        length += EventContexts.Write(run.AsSpan(length), 6, Enumerable.Range(0, 50).ToArray());
        run[length] = 1000;
        ReadOnlySpan<int> left = run;

        Assert.True(EventContexts.TryTake(ref left, out var item, out var before));
        Assert.Equal((5, "4 3"), (item, string.Join(' ', before.ToArray())));
        Assert.True(EventContexts.TryTake(ref left, out item, out before));
        Assert.Equal((6, EventContexts.MaximumItems), (item, before.Length));
        Assert.False(EventContexts.TryTake(ref left, out _, out _));
    }

    private static double NaiveLoss(RecurrentParameters p, float[] decays, double sharpness, int[] before, int target, int[] negatives, float[] corrections)
    {
        const int d = 64;
        var user = new double[d];
        for (var k = 0; k < decays.Length; k++)
        {
            for (var age = 0; age < before.Length; age++)
            {
                var share = Math.Sqrt(1 - Math.Pow(decays[k], 2)) * (age == 0 ? 1 : Math.Pow(decays[k], age));
                for (var i = 0; i < d; i++)
                {
                    for (var j = 0; j < d; j++)
                    {
                        user[j] += share * p.Inputs[(before[age] * d) + i] * p.Mixing[(((k * d) + i) * d) + j];
                    }
                }
            }
        }

        var length = Math.Sqrt(user.Sum(x => x * x));
        double Logit(int item) => p.Biases[item] + Enumerable.Range(0, d).Sum(j => (sharpness > 0 ? sharpness / length : 1) * user[j] * p.Outputs[(item * d) + j]);
        var own = Math.Exp(Logit(target));
        return -Math.Log(own / (own + negatives.Where(n => n != target).Sum(n => Math.Exp(Logit(n) - corrections[n]))));
    }

    // Everybody walks along a ring of items, from a place of their own.
    private static int[][] Walks(int walkers, int items)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, walkers).Select(_ => Enumerable.Range(random.Next(items), 12).Select(i => i % items).ToArray())];
    }

    private static int[] Events(params (int Item, int[] Before)[] events)
    {
        var run = new int[events.Length * EventContexts.MaximumLength];
        var length = 0;
        foreach (var (item, before) in events)
        {
            length += EventContexts.Write(run.AsSpan(length), item, before);
        }

        return run[..length];
    }

    private static RecurrentFactors Factors(RecurrentLearner learner, RecurrentFactors? start) =>
        RecurrentFactors.With(start, [learner.RowsAfter(-1, 0, int.MaxValue, out _)]);
}
