using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Training;

namespace Lepton.Orleans.Grains.Tests.Training;

public sealed class BuildDueTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly TrainingOptions _options = new();
    private readonly BuildDue _due = new();
    private DateTimeOffset _now = Start;

    [Fact]
    public void Growth_is_built_when_it_has_come_to_rest()
    {
        Assert.False(Look(5000));
        Assert.False(Look(90_000));
        Assert.True(Look(90_000));
    }

    [Fact]
    public void Growth_that_never_rests_is_built_within_a_minute_of_looks()
    {
        var feedback = 5000;

        var looks = Enumerable.Range(1, 100).First(_ => Look(feedback++));

        Assert.Equal(BuildDue.Patience, looks);
        Assert.Equal(TimeSpan.FromMinutes(1), looks * _options.CheckInterval);
    }

    [Fact]
    public void A_service_that_is_never_quiet_builds_as_often_as_its_feedback_grows_by_the_share()
    {
        var (builds, built) = (0, 1000L);
        for (var feedback = 1000L; feedback < 2000; feedback++)
        {
            if (Look(feedback, built))
            {
                (builds, built) = (builds + 1, feedback);
                _due.End(BuildState.Succeeded, _now, _options);
            }
        }

        // 1.1 to the seventh is 1.95; each takes some looks more than a tenth.
        Assert.InRange(builds, 5, 7);
    }

    [Theory]
    [InlineData(0, 100, false)]
    [InlineData(0, 101, true)]
    [InlineData(900, 1000, false)]
    [InlineData(10_000, 11_000, false)]
    [InlineData(10_000, 11_001, true)]
    [InlineData(10_000, 9_000, false)]
    public void Growth_is_enough_beyond_the_share_of_the_last_build_and_beyond_a_hundred(long built, long feedback, bool isDue)
    {
        Assert.False(Look(feedback, built));
        Assert.Equal(isDue, Look(feedback, built));
        Assert.Equal(isDue, Enumerable.Range(0, 2 * BuildDue.Patience).Any(i => Look(feedback - (i % 2), built)));
    }

    [Fact]
    public void Looks_at_growth_that_is_not_enough_use_up_no_patience()
    {
        Assert.All(Enumerable.Range(0, 50), i => Assert.False(Look(i)));
        Assert.False(Look(5000));
        Assert.True(Look(5000));
    }

    [Fact]
    public void What_only_a_build_brings_back_is_built_at_once()
    {
        Assert.True(_due.IsDue(new BuildSigns(_now, 0, 0, IsMissed: true, null), _options));
    }

    [Fact]
    public void An_erasure_is_built_after_its_time()
    {
        bool IsDue(TimeSpan since) => _due.IsDue(new BuildSigns(_now, 0, 0, IsMissed: false, _now - since), _options);

        Assert.False(IsDue(_options.AfterErasure - TimeSpan.FromSeconds(1)));
        Assert.True(IsDue(_options.AfterErasure));
    }

    [Fact]
    public void After_a_build_that_failed_or_was_cancelled_there_is_a_pause_that_grows_with_failures()
    {
        TimeSpan PauseAfter(BuildState state)
        {
            _due.End(state, _now, _options);
            var ended = _now;
            while (!_due.IsDue(new BuildSigns(_now, 0, 0, IsMissed: true, null), _options))
            {
                _now += TimeSpan.FromSeconds(1);
            }

            return _now - ended;
        }

        Assert.Equal(TimeSpan.FromMinutes(1), PauseAfter(BuildState.Failed));
        Assert.Equal(TimeSpan.FromMinutes(2), PauseAfter(BuildState.Failed));
        Assert.Equal(TimeSpan.FromMinutes(1), PauseAfter(BuildState.Cancelled));
        Assert.Equal(TimeSpan.FromMinutes(3), PauseAfter(BuildState.Failed));
        Assert.Equal(_options.CheckInterval, PauseAfter(BuildState.Succeeded));
        Assert.Equal(TimeSpan.FromMinutes(1), PauseAfter(BuildState.Failed));
        Assert.Equal(TimeSpan.FromMinutes(30), Enumerable.Range(0, 40).Select(_ => PauseAfter(BuildState.Failed)).Max());
    }

    // The next look, an interval after the one before.
    private bool Look(long feedback, long built = 0)
    {
        _now += _options.CheckInterval;
        return _due.IsDue(new BuildSigns(_now, feedback, built, IsMissed: false, null), _options);
    }
}
