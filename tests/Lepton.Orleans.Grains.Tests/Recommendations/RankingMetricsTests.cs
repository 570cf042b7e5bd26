using System.Diagnostics;
using System.Diagnostics.Metrics;
using Lepton.Orleans.Grains.Recommendations;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Recommendations;

public sealed class RankingMetricsTests : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly MeterListener meters = new();
    private readonly AsyncLocal<List<double>?> measured = new();

    public RankingMetricsTests()
    {
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "lepton.ranking.freshness")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };

        // Of this test alone: others rank in the same process.
        meters.SetMeasurementEventCallback<double>((_, value, _, _) => measured.Value?.Add(value));
        meters.Start();
    }

    public void Dispose() => meters.Dispose();

    [Fact]
    public void How_long_a_user_looks_at_a_list_before_asking_for_the_next_is_no_staleness()
    {
        var view = new UserView(1, [], 0, Environment.TickCount64 - (long)(60 * Minute).TotalMilliseconds);

        Assert.InRange(Measure(view, askedAt: Stopwatch.GetTimestamp(), isNews: false)!.Value, 0, Minute.TotalSeconds);
    }

    [Fact]
    public void A_list_that_waits_is_as_late_as_it_was_asked_for_or_what_it_lacks_was_acknowledged_whichever_was_later()
    {
        var (longAgo, aMinuteAgo) = (Stopwatch.GetTimestamp() - (long)(60 * 60 * Stopwatch.Frequency), Stopwatch.GetTimestamp() - (60 * Stopwatch.Frequency));
        var acknowledgedLongAgo = new UserView(1, [], 0, Environment.TickCount64 - (long)(60 * Minute).TotalMilliseconds);
        var acknowledgedAMinuteAgo = new UserView(1, [], 0, Environment.TickCount64 - (long)Minute.TotalMilliseconds);

        Assert.InRange(Measure(acknowledgedLongAgo, aMinuteAgo, isNews: false)!.Value, 60, 1800);
        Assert.InRange(Measure(acknowledgedAMinuteAgo, longAgo, isNews: false)!.Value, 60, 1800);

        // What another silo has acknowledged, whose clock is not known here.
        Assert.InRange(Measure(new UserView(2, [], 0), aMinuteAgo, isNews: true)!.Value, 60, 1800);
    }

    [Fact]
    public void A_view_that_shows_nothing_new_is_not_counted() =>
        Assert.Null(Measure(new UserView(1, [], 0), Stopwatch.GetTimestamp(), isNews: false));

    private double? Measure(UserView view, long askedAt, bool isNews)
    {
        measured.Value = [];
        RankingMetrics.Ranked(view, askedAt, isNews);
        return measured.Value is [var value] ? value : null;
    }
}
