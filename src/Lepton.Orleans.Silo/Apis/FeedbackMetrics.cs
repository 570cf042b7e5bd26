using System.Diagnostics.Metrics;
using Source = Lepton.Orleans.Grains.Diagnostics.Telemetry;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>How much feedback comes in; counted once a request.</summary>
internal static class FeedbackMetrics
{
    private static readonly Meter Meter = new(Source.Name);

    private static readonly Counter<long> Received = Meter.CreateCounter<long>(
        "lepton.feedback.received", "{feedback}", "Rows of feedback that were acknowledged.");

    private static readonly Counter<long> Changed = Meter.CreateCounter<long>(
        "lepton.feedback.changed", "{feedback}", "Rows of feedback that changed something; the others were there already.");

    private static readonly Counter<long> Queued = Meter.CreateCounter<long>(
        "lepton.feedback.queued", "{feedback}", "Rows of feedback that were laid into Kafka, to be applied later.");

    /// <summary>Counts the rows of a request that was acknowledged.</summary>
    public static void Recorded(int rows, int changed)
    {
        Received.Add(rows);
        Changed.Add(changed);
    }

    /// <summary>Counts the rows of a request that was accepted.</summary>
    public static void Accepted(int rows) => Queued.Add(rows);
}
