using System.Diagnostics;
using System.Diagnostics.Metrics;
using Lepton.Orleans.Grains.Diagnostics;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Recommendations;

/// <summary>What making lists costs, and how soon a feedback is in one. A list that is sent again is not measured: it costs less than that.</summary>
internal static class RankingMetrics
{
    private const string StageKey = "lepton.ranking.stage";

    private static readonly double[] Bounds = [.00002, .00005, .0001, .0002, .0005, .001, .002, .005, .01, .02, .05, .1, .25, 1];

    private static readonly Histogram<double> Duration = Telemetry.Seconds(
        "lepton.ranking.duration", "Time of a stage of ranking a list anew.", Bounds);

    private static readonly Histogram<double> Freshness = Telemetry.Seconds(
        "lepton.ranking.freshness",
        "Time until the first ranking with a user's feedback, from when it was acknowledged and a list was asked for; the user's own time in between is not in it.",
        .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10);

    /// <summary>The stages of a ranking.</summary>
    public static class Stages
    {
        public const string History = "history";
        public const string Candidates = "candidates";
        public const string Diversity = "diversity";
        public const string Page = "page";
    }

    /// <summary>Begins a stage; it ends when what is returned is disposed.</summary>
    public static Stage Measure(string stage) => new(stage);

    /// <summary>Counts the first ranking with what a view shows.</summary>
    /// <param name="view">The view.</param>
    /// <param name="askedAt">When the list was asked for, as <see cref="Stopwatch"/> has it.</param>
    /// <param name="isNews">Whether the view came from another silo, and shows more than the one before; of a view of this silo it knows by itself.</param>
    public static void Ranked(UserView view, long askedAt, bool isNews)
    {
        if ((!isNews && view.AcknowledgedAt == 0) || view.Ranking is not null || !Freshness.Enabled)
        {
            return;
        }

        // Whichever was later: how long the user looked at the list before is not the service's doing.
        var sinceAsked = Stopwatch.GetElapsedTime(askedAt).TotalSeconds;
        var sinceAcknowledged = Math.Max(0, Environment.TickCount64 - view.AcknowledgedAt) / 1000d;
        Freshness.Record(view.AcknowledgedAt == 0 ? sinceAsked : Math.Min(sinceAsked, sinceAcknowledged));
    }

    /// <summary>A stage that is under way: a span in a trace that is kept, and a duration.</summary>
    public readonly struct Stage(string name) : IDisposable
    {
        private readonly string _name = name;
        private readonly Activity? _span = Activity.Current is { Recorded: true } ? Telemetry.Spans.StartActivity($"rank {name}") : null;
        private readonly long _started = Duration.Start();

        public void Dispose()
        {
            _span?.Dispose();
            Duration.RecordSince(_started, new TagList { { StageKey, _name } });
        }
    }
}
