using System.Diagnostics.Metrics;
using Lepton.Orleans.Grains.Diagnostics;

namespace Lepton.Orleans.Grains.Learning;

/// <summary>What learners do.</summary>
internal static class LearnerMetrics
{
    private static readonly Histogram<double> Delay = Telemetry.Seconds(
        "lepton.learner.delay",
        "Time that a batch of events waited for the learner until it was learned from.",
        .05, .1, .2, .5, 1, 2.5, 5, 10, 30, 60, 300);

    private static readonly Counter<long> Learned = Telemetry.Meter.CreateCounter<long>(
        "lepton.learner.events", "{event}", "Events that the vectors of what comes next have learned from.");

    private static readonly Counter<long> Dropped = Telemetry.Meter.CreateCounter<long>(
        "lepton.learner.dropped", "{event}", "Events that were more than learners may spend time on; the next build learns from them.");

    public static void Learn(long events) => Learned.Add(events);

    public static void Waited(double milliseconds) => Delay.Record(milliseconds / 1000);

    // None is told too: a series that begins with its first drop shows no increase.
    public static void Drop(long events) => Dropped.Add(events);
}
