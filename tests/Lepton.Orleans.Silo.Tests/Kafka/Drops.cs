using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Lepton.Orleans.Silo.Tests.Kafka;

/// <summary>Counts dropped events as whoever watches the service does.</summary>
internal sealed class Drops : IDisposable
{
    private readonly ConcurrentDictionary<string, long> _counts = new();
    private readonly MeterListener _listener = new();

    public Drops()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "lepton.events.dropped")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, count, tags, _) => _counts.AddOrUpdate((string)tags[0].Value!, count, (_, before) => before + count));
        _listener.Start();
    }

    public long this[string kind] => _counts.GetValueOrDefault(kind);

    public void Dispose() => _listener.Dispose();
}
