using Lepton.Orleans.Engine.Evaluation;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Tests.Training;
using Lepton.Orleans.Engine.Training;
using Lepton.Orleans.Engine.Tuning;
using Microsoft.Extensions.Time.Testing;

namespace Lepton.Orleans.Engine.Tests.Tuning;

public sealed class ModelTuningTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static readonly ModelBuildOptions Small = new()
    {
        Rank = 16,
        Parallelism = 2,
        Recurrence = new() { Epochs = 1, Memories = [0f, 16f] },
        Learning = new WeightLearningOptions { MinimumUsers = 20, Users = 60, Passes = 1 },
    };

    private static readonly Interactions Histories = RandomInteractions.Create(200, 60, 31);

    [Fact]
    public void What_is_found_ranks_the_held_out_ends_better_than_the_defaults()
    {
        // Rules that do not fade, neither with distance nor with age, are far from the best where people move on in small steps.
        var histories = RandomInteractions.Create(400, 60, 34);
        var options = Small with
        {
            Recurrence = null,
            RuleDecay = 0f,
            Weights = BlendWeights.AfterBuild with { TransitionRecency = 0f, CoOccurrenceRecency = 0f },
            Learning = Small.Learning with { Users = 200, ListLength = 3 },
        };
        var state = Run(histories, options).State;

        Assert.True(state.IsFinished);
        Assert.Equal(Knobs.None, state.Trials[0].Knobs);
        var best = state.Trials.Single(trial => trial.Knobs.Equals(state.Best));
        Assert.True(best.Gain > state.Trials[0].Gain, $"{best.Gain} with {best.Knobs} must be more than {state.Trials[0].Gain}.");
        Assert.Equal(state.Trials.Count, state.Trials.Select(trial => trial.Knobs).Distinct().Count());

        // A trial is what a build with these settings would find out about itself.
        var learned = ModelBuild.Learn(histories, best.Knobs.ApplyTo(options), cancellationToken: TestContext.Current.CancellationToken)!;
        Assert.Equal((learned.Recall, learned.Ndcg), (best.Recall, best.Ndcg));
        Assert.Equal(learned.Weights, best.Weights);
    }

    [Fact]
    public void Equal_seeds_find_the_same_whatever_the_number_of_threads()
    {
        var options = Small with { OrderAware = false };

        Assert.Equal(Run(Histories, options with { Parallelism = 1 }).State.ToBytes(), Run(Histories, options with { Parallelism = 3 }).State.ToBytes());
    }

    [Fact]
    public void A_search_that_is_cut_off_after_any_trial_ends_where_one_that_was_not_ends()
    {
        var options = Small with { OrderAware = false };
        var whole = Run(Histories, options);
        byte[]? kept = null;
        for (var more = true; more;)
        {
            var resumed = Tuning(Histories, options, kept is null ? null : TuningState.FromBytes(kept));
            more = resumed.Next(cancellationToken: TestContext.Current.CancellationToken);
            kept = resumed.State.ToBytes();
        }

        Assert.Equal(whole.State.ToBytes(), kept);
        var ended = Tuning(Histories, options, TuningState.FromBytes(kept!));
        Assert.False(ended.Next(cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(whole.Weights, ended.Weights);
    }

    [Fact]
    public void No_trial_starts_once_the_time_is_over_and_the_first_does_not_count()
    {
        var clock = new FakeTimeProvider();
        var tuning = new ModelTuning(Histories, Small with { OrderAware = false }, known: null, TimeSpan.FromMinutes(10), clock);
        while (tuning.Next(cancellationToken: TestContext.Current.CancellationToken))
        {
            clock.Advance(TimeSpan.FromMinutes(4));
        }

        // Begun after none, 4 and 8 minutes; not after 12.
        Assert.Equal(1 + 2, tuning.State.Trials.Count);
        Assert.False(tuning.State.IsFinished);
        Assert.NotNull(tuning.Weights);
    }

    [Fact]
    public void A_trial_that_takes_longer_than_all_the_time_there_is_is_given_up_and_passed_over()
    {
        var options = Small with { OrderAware = false };
        var tuning = new ModelTuning(Histories, options, known: null, Hour, new HastyTime());
        while (tuning.Next(cancellationToken: TestContext.Current.CancellationToken))
        {
        }

        Assert.Equal(2, tuning.State.Trials.Count);
        Assert.Null(tuning.State.Trials[1].Weights);
        Assert.Equal(Knobs.None, tuning.State.Best);

        var next = Tuning(Histories, options, tuning.State);
        _ = next.Next(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(3, next.State.Trials.Count);
        Assert.NotNull(next.State.Trials[2].Weights);
    }

    [Fact]
    public void A_trial_that_is_stopped_leaves_nothing_behind()
    {
        var tuning = Tuning(Histories, Small, known: null);

        Assert.ThrowsAny<OperationCanceledException>(() => tuning.Next(cancellationToken: new CancellationToken(canceled: true)));

        Assert.Empty(tuning.State.Trials);
        Assert.True(tuning.Next(cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void On_more_data_a_search_that_had_not_ended_compares_what_it_has_found_with_the_defaults_anew()
    {
        var options = Small with { OrderAware = false };
        var found = TuningState.None with { Best = Knobs.None.With(Knob.RidgeRegularisation, 6) };
        var more = RandomInteractions.Create(210, 60, 31);

        var tuning = Run(more, options, found);

        Assert.Equal([Knobs.None, found.Best], tuning.State.Trials.Take(2).Select(trial => trial.Knobs));
        Assert.Equal(more.Items.Length, tuning.State.Events);
        Assert.True(tuning.State.Trials.Single(trial => trial.Knobs.Equals(tuning.State.Best)).Gain >= tuning.State.Trials[0].Gain);
    }

    [Fact]
    public void A_search_that_has_ended_is_left_alone_until_there_is_twice_as_much_to_learn_from()
    {
        var options = Small with { OrderAware = false };
        var found = Run(Histories, options).State;

        var soon = Tuning(RandomInteractions.Create(210, 60, 31), options, found);
        Assert.False(soon.Next(cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(found.ToBytes(), soon.State.ToBytes());
        Assert.Null(soon.Weights);

        var late = Tuning(RandomInteractions.Create(450, 60, 31), options, found);
        Assert.True(late.Next(cancellationToken: TestContext.Current.CancellationToken));
    }

    public static TheoryData<string, ModelBuildOptions> OtherSettings => new()
    {
        { "targets", Small with { Learning = Small.Learning with { Targets = 150 } } },
        { "share", Small with { Learning = Small.Learning with { HeldOutShare = .3 } } },
        { "candidates", Small with { Learning = Small.Learning with { CandidatesPerSource = 20 } } },
        { "tolerance", Small with { Learning = Small.Learning with { Tolerance = .01 } } },
        { "memories", Small with { Recurrence = new() { Epochs = 1, Memories = [0f, 8f] } } },
        { "weights", Small with { Weights = BlendWeights.AfterBuild with { TransitionRecency = .5f } } },
    };

    [Theory, MemberData(nameof(OtherSettings))]
    public void What_was_found_with_other_settings_is_compared_with_the_defaults_anew(string what, ModelBuildOptions options)
    {
        var knobs = Knobs.None.With(Knob.RidgeRegularisation, 6);
        var ended = Tuning(Histories, Small, known: null).State with { Best = knobs, IsFinished = true, Trials = [new TuningTrial(Knobs.None, null, .1, .1)] };
        Assert.False(Tuning(Histories, Small with { Parallelism = 1 }, ended with { Trials = [new(Knobs.None, null, .1, .1), new(knobs, null, .2, .2)] }).State.Trials.Count < 2);

        var tuning = Tuning(Histories, options, TuningState.FromBytes(ended.ToBytes()));

        Assert.True(tuning.State.Trials.Count == 0 && !tuning.State.IsFinished && tuning.State.Best.Equals(knobs), what);
    }

    [Fact]
    public void A_state_of_the_release_before_is_read_and_what_it_has_found_is_compared_anew()
    {
        var found = Run(Histories, Small with { OrderAware = false }).State;
        var bytes = found.ToBytes();

        // It had no mark of the settings behind that of the data.
        byte[] before = [.. "LTU1"u8, .. bytes[4..12], .. bytes[20..]];

        var read = TuningState.FromBytes(before);
        Assert.Equal((found.Best, found.IsFinished, found.Events, found.Trials.Count), (read.Best, read.IsFinished, read.Events, read.Trials.Count));
        Assert.Empty(Tuning(Histories, Small with { OrderAware = false }, read).State.Trials);
    }

    [Fact]
    public void With_too_few_histories_nothing_is_tried()
    {
        var tuning = Tuning(RandomInteractions.Create(15, 60, 32), Small, known: null);

        Assert.False(tuning.Next(cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(Knobs.None, tuning.State.Best);
        Assert.Null(tuning.Weights);
    }

    [Fact]
    public void A_model_says_with_which_knobs_it_was_built()
    {
        var knobs = Knobs.None.With(Knob.RuleWindow, 5).With(Knob.RidgeRegularisation, 6).With(Knob.RecurrenceTied, 0);
        var built = ModelBuild.Train(Histories, BlendWeights.AfterBuild, knobs.ApplyTo(Small), cancellationToken: TestContext.Current.CancellationToken);
        using var stream = new MemoryStream();
        built.Model.Write(stream);
        stream.Position = 0;

        var read = BuiltModel.Read(stream);

        Assert.Equal(knobs, read.Knobs);
        Assert.False(read.Recurrence!.IsTied);
        Assert.Equal(new RuleReach(5, EventPairs.DefaultRuleDecay), built.ToRankingModel().RuleReach);
    }

    [Fact]
    public void Knobs_change_the_settings_that_they_name_and_no_other()
    {
        foreach (var knob in Enum.GetValues<Knob>())
        {
            var knobs = Knobs.None.With(knob, knob == Knob.RecurrenceTied ? 0 : 7);

            var options = knobs.ApplyTo(Small);

            Assert.NotEqual(Small, options with { Knobs = Knobs.None });
            Assert.Equal(Knobs.FromBytes(knobs.ToBytes()), options.Knobs);
        }
    }

    [Fact]
    public void Rules_counted_per_event_reach_as_far_as_those_of_the_build()
    {
        var data = Events(400);
        var near = Small with { RuleWindow = 3, Recurrence = null, Learning = Small.Learning with { MinimumUsers = 10_000 } };
        var knobs = Knobs.None.With(Knob.RuleWindow, 3);

        // Told by the knobs what the build was told by its settings, the replay counts alike.
        var told = Prequential.Run(data, new PrequentialOptions { Build = knobs.ApplyTo(near), Learner = null }, cancellationToken: TestContext.Current.CancellationToken);
        var untold = Prequential.Run(data, new PrequentialOptions { Build = near, Learner = null }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.NotEqual(told.Ndcg, untold.Ndcg);
    }

    [Fact]
    public void Truncated_states_are_refused()
    {
        var bytes = Run(Histories, Small with { OrderAware = false }).State.ToBytes();

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => TuningState.FromBytes(bytes.AsSpan(0, length)));
        }
    }

    private static EventStreamData Events(int count)
    {
        var random = new Random(33);
        var at = new int[20];
        var (users, items, times) = (new int[count], new int[count], new DateTime[count]);
        for (var e = 0; e < count; e++)
        {
            users[e] = random.Next(at.Length);
            at[users[e]] = (at[users[e]] + random.Next(1, 4)) % 60;
            (items[e], times[e]) = (at[users[e]], DateTime.UnixEpoch.AddMinutes(e));
        }

        return new EventStreamData(users, items, times);
    }

    private static ModelTuning Tuning(Interactions interactions, ModelBuildOptions options, TuningState? known) =>
        new(interactions, options, known, Hour, new FakeTimeProvider());

    private static ModelTuning Run(Interactions interactions, ModelBuildOptions options, TuningState? known = null)
    {
        var tuning = Tuning(interactions, options, known);
        while (tuning.Next(cancellationToken: TestContext.Current.CancellationToken))
        {
        }

        return tuning;
    }

    /// <summary>A clock by which every wait is over at once.</summary>
    private sealed class HastyTime : FakeTimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
    }
}
