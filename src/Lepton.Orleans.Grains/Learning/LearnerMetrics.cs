using System.Diagnostics.Metrics;
using Lepton.Orleans.Grains.Diagnostics;

namespace Lepton.Orleans.Grains.Learning;

/// <summary>What learners do.</summary>
internal static class LearnerMetrics
{
    private static readonly Counter<long> Learned = Telemetry.Meter.CreateCounter<long>(
        "lepton.learner.events", "{event}", "Events that the vectors of what comes next have learned from.");

    private static readonly Counter<long> Dropped = Telemetry.Meter.CreateCounter<long>(
        "lepton.learner.dropped", "{event}", "Events that were more than learners may spend time on; the next build learns from them.");

    public static void Learn(long events) => Learned.Add(events);

    public static void Drop(long events)
    {
        if (events > 0)
        {
            Dropped.Add(events);
        }
    }
}
