using Lepton.Orleans.Engine.Evaluation;
using Lepton.Orleans.Engine.Training;
using Lepton.Orleans.Engine.Tuning;

namespace Lepton.Orleans.Engine.Tests.Tuning;

/// <summary>The half-life of popularity, which a search looks for where it knows when things happened.</summary>
public sealed class HalfLifeTests
{
    private const int Items = 60;
    private const int Days = 30;
    private const int EventsADay = 80;
    private const int Users = 150;

    private static readonly ModelBuildOptions Small = new()
    {
        Rank = 16,
        Parallelism = 1,
        Recurrence = null,
        Implicit = null,
        Learning = new WeightLearningOptions { MinimumUsers = 20, ListLength = 3, Passes = 1 },
    };

    // Two fashions of a day: what was liked yesterday is over. Or the same few items, liked more than others for as long as anybody knows.
    [Theory]
    [InlineData(true, 6, 12)]
    [InlineData(false, 96, 720)]
    public void It_is_short_where_fashions_pass_and_long_where_tastes_stay(bool passes, float least, float most)
    {
        var (interactions, times) = Prequential.FirstHalf(Stream(passes));

        var tuning = Tuning(interactions, known: null, times);

        Assert.InRange(tuning.State.Best.Values[Knob.TrendingHalfLife], least, most);
        Assert.Equal(TimeSpan.FromDays(1), tuning.HalfLives[0].HalfLife);
        var best = tuning.HalfLives.Single(trial => (float)trial.HalfLife.TotalHours == tuning.State.Best.Values[Knob.TrendingHalfLife]);
        Assert.True(best.Gain > 1.003 * tuning.HalfLives[0].Gain, $"{best} must be better than {tuning.HalfLives[0]}");

        // A build with what was found notes it with the model, and no source of its blend was trained otherwise.
        Assert.Equal(best.HalfLife, tuning.State.Best.ApplyTo(Small).TrendingHalfLife);
        Assert.Equal(tuning.State.Trials[0], tuning.State.BestTrial);
        var model = ModelBuild.Train(interactions, tuning.Weights, tuning.State.Best.ApplyTo(Small), cancellationToken: TestContext.Current.CancellationToken).Model;
        Assert.Equal(tuning.State.Best, model.Knobs);
    }

    [Fact]
    public void It_is_kept_with_the_state_of_the_search_and_by_later_searches_that_know_no_times()
    {
        var (interactions, times) = Prequential.FirstHalf(Stream(passes: true));
        var found = TuningState.FromBytes(Tuning(interactions, known: null, times).State.ToBytes());

        var again = Tuning(interactions, found, times);
        var without = Tuning(interactions, found, times: null);
        var more = Tuning(Prequential.FirstHalf(Stream(passes: true, days: Days + 4)).Interactions, found, times: null);

        Assert.All([again, without, more], tuning => Assert.Equal(found.Best.Values[Knob.TrendingHalfLife], tuning.State.Best.Values[Knob.TrendingHalfLife]));
        Assert.Empty(without.HalfLives);
        Assert.All(more.State.Trials, trial => Assert.DoesNotContain(Knob.TrendingHalfLife, trial.Knobs.Values.Keys));
    }

    [Fact]
    public void Without_times_it_stays_as_it_is_and_times_that_do_not_fit_are_refused()
    {
        var (interactions, times) = Prequential.FirstHalf(Stream(passes: true));

        Assert.DoesNotContain(Knob.TrendingHalfLife, Tuning(interactions, known: null, times: null).State.Best.Values.Keys);
        Assert.Throws<ArgumentException>(() => new ModelTuning(interactions, Small, known: null, TimeSpan.Zero, clock: null, times[1..]));
    }

    // The first trial, after which there is no time left.
    private static ModelTuning Tuning(Interactions interactions, TuningState? known, DateTime[]? times)
    {
        var tuning = new ModelTuning(interactions, Small, known, TimeSpan.Zero, clock: null, times);
        while (tuning.Next(cancellationToken: TestContext.Current.CancellationToken))
        {
        }

        return tuning;
    }

    // Twice as many days as there are in its first half.
    private static EventStreamData Stream(bool passes, int days = Days)
    {
        var random = new Random(7);
        var events = new List<(DateTime Time, int User, int Item)>();
        for (var at = 0; at < 2 * days * EventsADay; at++)
        {
            var day = at / EventsADay;
            var item = random.NextDouble() < .7 ? (passes ? (2 * day) + random.Next(2) : random.Next(8) * random.Next(2)) % Items : random.Next(Items);
            events.Add((DateTime.UnixEpoch.AddDays((double)at / EventsADay), random.Next(Users), item));
        }

        return new EventStreamData([.. events.Select(e => e.User)], [.. events.Select(e => e.Item)], [.. events.Select(e => e.Time)]);
    }
}
