using System.Diagnostics.Metrics;
using Source = Lepton.Orleans.Grains.Diagnostics.Telemetry;

namespace Lepton.Orleans.Silo.Events;

/// <summary>How events fare on their way out.</summary>
internal static class EventMetrics
{
    private static readonly Meter Meter = new(Source.Name);

    private static readonly Counter<long> SentEvents = Meter.CreateCounter<long>("lepton.events.sent", "{event}", "Events that the broker has.");

    private static readonly Counter<long> DroppedEvents = Meter.CreateCounter<long>(
        "lepton.events.dropped", "{event}", "Events that nobody will hear of: there was no room to keep them, or the broker did not take them in time.");

    private static readonly UpDownCounter<long> WaitingBytes = Meter.CreateUpDownCounter<long>("lepton.events.waiting", "By", "What waits for the broker.");

    /// <summary>Counts an event that the broker has.</summary>
    public static void Sent(EventKind kind) => SentEvents.Add(1, Tag(kind));

    /// <summary>Counts an event that is given up.</summary>
    public static void Dropped(EventKind kind) => DroppedEvents.Add(1, Tag(kind));

    /// <summary>Counts what begins to wait, or ends.</summary>
    public static void Waiting(long bytes) => WaitingBytes.Add(bytes);

    private static KeyValuePair<string, object?> Tag(EventKind kind) => new("lepton.event.type", Enum.GetName(kind));
}
