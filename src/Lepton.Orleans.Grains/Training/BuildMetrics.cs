using System.Diagnostics;
using System.Diagnostics.Metrics;
using Lepton.Orleans.Grains.Diagnostics;

namespace Lepton.Orleans.Grains.Training;

/// <summary>How long builds take and how they end.</summary>
internal static class BuildMetrics
{
    private static readonly Histogram<double> Duration = Telemetry.Seconds(
        "lepton.build.duration",
        "Time of a build of the model, by how it ended.",
        .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600);

    /// <summary>Records that a build has ended.</summary>
    public static void Ended(TimeSpan duration, BuildState state) =>
        Duration.Record(duration.TotalSeconds, new TagList { { "lepton.build.state", state.ToString().ToLowerInvariant() } });
}
