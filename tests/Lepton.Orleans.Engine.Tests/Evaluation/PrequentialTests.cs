using Lepton.Orleans.Engine.Evaluation;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Evaluation;

public sealed class PrequentialTests
{
    private static readonly PrequentialOptions CountersAlone = new() { Build = null, ListLength = 1, Weights = new BlendWeights { CoOccurrence = 0f } };

    [Fact]
    public void Each_event_is_ranked_before_it_is_learned_from()
    {
        // 0 then 1, by one user after another. The second half begins with user 2.
        var data = Stream((0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (3, 1));

        var result = Prequential.Run(data, CountersAlone, cancellationToken: TestContext.Current.CancellationToken);

        // Of two users without a history the most popular item is 0, or 1 when both are equal and the newer wins; what follows 0 is known.
        Assert.Equal(4, result.Cases);
        Assert.InRange(result.HitRate, .5, 1);
    }

    [Fact]
    public void A_rule_that_is_new_in_the_second_half_counts_only_where_counters_go_on()
    {
        var events = Enumerable.Range(0, 20).SelectMany(user => user < 10 ? new[] { (user, 0), (user, 1) } : [(user, 0), (user, 2)]).ToArray();

        var online = Prequential.Run(Stream(events), CountersAlone, cancellationToken: TestContext.Current.CancellationToken);
        var frozen = Prequential.Run(Stream(events), CountersAlone with { LearnsOnline = false }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(online.HitRate > frozen.HitRate, $"{online.HitRate} is not more than {frozen.HitRate}");
    }

    [Fact]
    public void What_a_user_has_had_is_a_miss_and_not_learned_again()
    {
        var data = Stream((0, 0), (0, 1), (0, 0), (0, 0));

        Assert.Equal(0.0, Prequential.Run(data, CountersAlone with { ListLength = 2 }, cancellationToken: TestContext.Current.CancellationToken).HitRate);
    }

    [Fact]
    public void Hidden_events_are_not_seen()
    {
        var events = Enumerable.Range(0, 40).SelectMany(user => new[] { (user, user % 2), (user, 2 + (user % 2)) }).ToArray();

        var all = Prequential.Run(Stream(events), CountersAlone, cancellationToken: TestContext.Current.CancellationToken);
        var hidden = Prequential.Run(Stream(events), CountersAlone with { HiddenEvents = 1 }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(all.HitRate > hidden.HitRate, $"{all.HitRate} is not more than {hidden.HitRate}");
    }

    [Fact]
    public void Builds_come_again_while_the_stream_grows()
    {
        var interactions = Training.RandomInteractions.Create(200, 60, 5);
        var events = Enumerable.Range(0, interactions.UserCount).SelectMany(user => interactions.Of(user).ToArray().Select(item => (user, item))).ToArray();
        var builds = new List<BuildProgress>();
        var options = new PrequentialOptions { Build = new ModelBuildOptions { Rank = 8, Parallelism = 1, Recurrence = null }, Growth = .3 };

        var result = Prequential.Run(Stream(events), options, new Recorder(builds), TestContext.Current.CancellationToken);

        // 1.3² is below 2, and 1.3³ above.
        Assert.Equal(3, builds.Count(b => b.Stage == BuildStage.Finished));
        Assert.Equal(events.Length - (events.Length / 2), result.Cases);
        Assert.Equal(3, result.Training.Builds);
        Assert.True(result.Training is { Time.Ticks: > 0, ProcessorTime.Ticks: > 0 });
    }

    [Fact]
    public void Equal_seeds_give_equal_figures_whatever_the_number_of_threads()
    {
        var interactions = Training.RandomInteractions.Create(300, 60, 6);
        var events = Enumerable.Range(0, interactions.UserCount).SelectMany(user => interactions.Of(user).ToArray().Select(item => (user, item))).ToArray();
        var build = new ModelBuildOptions { Rank = 8, Recurrence = new() { Epochs = 1, Memories = [0f] } };

        var results = Array.ConvertAll([1, 1, 3], threads => Prequential.Run(
            Stream(events), new PrequentialOptions { Build = build with { Parallelism = threads }, Growth = .5 }, cancellationToken: TestContext.Current.CancellationToken));

        Assert.InRange(results[0].Ndcg, .05, 1);
        Assert.Single(results.Select(result => result with { ScoreMicroseconds = 0, LearnMicroseconds = 0, Training = default }).Distinct());
    }

    [Fact]
    public void The_learner_of_vectors_learns_in_the_stream_what_comes_next()
    {
        // Everybody goes along a ring of 20 items, one after the other; popularity knows nothing of that.
        var random = new Random(1);
        var events = Enumerable.Range(0, 400).SelectMany(user => Enumerable.Range(random.Next(20), 10).Select(i => (user, i % 20))).ToArray();
        var vectorsAlone = CountersAlone with { Weights = new BlendWeights { Transitions = 0f, CoOccurrence = 0f, Recurrence = 1f } };

        var learned = Prequential.Run(Stream(events), vectorsAlone, cancellationToken: TestContext.Current.CancellationToken);
        var again = Prequential.Run(Stream(events), vectorsAlone, cancellationToken: TestContext.Current.CancellationToken);
        var without = Prequential.Run(Stream(events), vectorsAlone with { Learner = null }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(learned.HitRate > .7, $"{learned.HitRate} is not .7");
        Assert.True(without.HitRate < .3, $"{without.HitRate} is not below .3");
        Assert.Equal(learned.HitRate, again.HitRate);
        Assert.Equal(0, without.LearnMicroseconds);
    }

    private static EventStreamData Stream(params (int User, int Item)[] events) => new(
        Array.ConvertAll(events, e => e.User),
        Array.ConvertAll(events, e => e.Item),
        [.. events.Select((_, second) => DateTime.UnixEpoch.AddSeconds(second))]);

    private sealed class Recorder(List<BuildProgress> reports) : IProgress<BuildProgress>
    {
        public void Report(BuildProgress value) => reports.Add(value);
    }
}
