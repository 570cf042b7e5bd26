using System.Diagnostics.Metrics;
using Lepton.Orleans.Grains.Diagnostics;

namespace Lepton.Orleans.Grains.Items;

/// <summary>How far counting is behind what was acknowledged.</summary>
internal static class CountingMetrics
{
    private static readonly Histogram<double> Delay = Telemetry.Seconds(
        "lepton.counting.delay",
        "Time that the oldest feedback of a batch waited until its counts were sent to the item shards.",
        .01, .025, .05, .1, .2, .5, 1, 2.5, 5, 10, 30, 60);

    private static readonly Counter<long> Dropped = Telemetry.Meter.CreateCounter<long>(
        "lepton.counting.dropped", "{increment}", "Counts that could not be sent; the next build counts them anew.");

    /// <summary>Starts the clock of a batch.</summary>
    public static long Start() => Delay.Start();

    /// <summary>Records that a batch was sent.</summary>
    public static void Sent(long started) => Delay.RecordSince(started, []);

    /// <summary>Counts what could not be sent.</summary>
    public static void Drop(long increments) => Dropped.Add(increments);
}
