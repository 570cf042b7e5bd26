using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Lepton.Orleans.Grains.Diagnostics;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Replication;

/// <summary>How current this silo's replicas are, and how much they hold; read when somebody scrapes.</summary>
internal sealed class ReplicaMetrics
{
    private const string TenantKey = "lepton.tenant";
    private const string PartKey = "lepton.replica.part";

    private static readonly Histogram<double> Duration = Telemetry.Seconds(
        "lepton.replica.refresh.duration",
        "Time of looking for changes of a replica and taking them over.",
        .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30);

    private readonly ConcurrentDictionary<(string Tenant, string Part), long> _refreshed = new();
    private readonly TimeProvider _clock;

    /// <summary>Publishes the gauges of a silo; they end with the factory.</summary>
    public ReplicaMetrics(IMeterFactory factory, Replicas replicas, GroupCommit commits, TimeProvider clock)
    {
        _clock = clock;
        var meter = factory.Create(Telemetry.Name);
        meter.CreateObservableGauge("lepton.replica.age", Ages, "s", "Time since a replica was last known to be current.");
        meter.CreateObservableGauge("lepton.model.version", () => Of(replicas, r => r.ModelVersion), null, "The build that lists are ranked with; 0 before the first.");
        meter.CreateObservableGauge("lepton.catalog.version", () => Of(replicas, r => r.Catalog.Version), null, "The version of the catalogue's copy.");
        meter.CreateObservableGauge("lepton.catalog.items", () => Of(replicas, r => r.Catalog.Living), "{item}", "Items that exist.");
        meter.CreateObservableGauge("lepton.feedback.positive", () => Of(replicas, r => r.PositiveFeedback), "{feedback}", "Positive feedback that lists are ranked with.");
        meter.CreateObservableGauge("lepton.store.queue", () => commits.Waiting, "{write}", "Writes that wait for a round trip to the store.");
    }

    /// <summary>Says that a refresh has begun; where none has ended yet, the age counts from here.</summary>
    public long Begin(string tenant, string part)
    {
        _ = _refreshed.GetOrAdd((tenant, part), static (_, clock) => clock.GetTimestamp(), _clock);
        return Duration.Start();
    }

    /// <summary>Says that a refresh has ended.</summary>
    /// <param name="tenant">The replica's tenant.</param>
    /// <param name="part">What was refreshed.</param>
    /// <param name="started">What <see cref="Begin"/> said.</param>
    /// <param name="failure">Why it failed, where it did.</param>
    public void End(string tenant, string part, long started, Exception? failure = null)
    {
        if (failure is null)
        {
            _refreshed[(tenant, part)] = _clock.GetTimestamp();
        }

        Duration.RecordSince(started, new TagList { { PartKey, part } }, failure);
    }

    private IEnumerable<Measurement<double>> Ages() => _refreshed.Select(refreshed => new Measurement<double>(
        _clock.GetElapsedTime(refreshed.Value).TotalSeconds,
        new(TenantKey, refreshed.Key.Tenant),
        new(PartKey, refreshed.Key.Part)));

    private static IEnumerable<Measurement<long>> Of(Replicas replicas, Func<Replica, long> value) =>
        replicas.All.Select(replica => new Measurement<long>(value(replica), new KeyValuePair<string, object?>(TenantKey, replica.Tenant)));
}
