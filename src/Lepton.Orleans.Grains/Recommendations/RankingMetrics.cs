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
        "Time from the acknowledgement of a user's feedback to the first ranking with it; the user's own time until the next list is in it.",
        .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300);

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
    public static void Ranked(UserView view)
    {
        if (view.AcknowledgedAt != 0 && view.Ranking is null && Freshness.Enabled)
        {
            Freshness.Record(Math.Max(0, Environment.TickCount64 - view.AcknowledgedAt) / 1000d);
        }
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
