using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Source = Lepton.Orleans.Grains.Diagnostics.Telemetry;

namespace Lepton.Orleans.Silo.Telemetry;

/// <summary>
/// The cluster as this silo sees it: how many silos there are by status, how often one changed its own, and how many were lost.
/// A silo that leaves ends as dead too, after it has said that it leaves; a lost one never said so.
/// </summary>
internal sealed class MembershipMetrics : IHostedService, ISiloStatusListener
{
    private const string StatusKey = "lepton.silo.status";

    private readonly ISiloStatusOracle _oracle;
    private readonly Counter<long> _changes;
    private readonly Counter<long> _lost;

    // Those that were there and have not begun to leave.
    private readonly ConcurrentDictionary<SiloAddress, bool> _staying = new();

    /// <summary>Publishes the instruments.</summary>
    public MembershipMetrics(IMeterFactory factory, ISiloStatusOracle oracle)
    {
        _oracle = oracle;
        var meter = factory.Create(Source.Name);
        _changes = meter.CreateCounter<long>("lepton.cluster.membership.changes", "{change}", "Changes of a silo's status, by the status it has since.");
        _lost = meter.CreateCounter<long>("lepton.cluster.silos.lost", "{silo}", "Silos that were declared dead without having begun to leave.");
        meter.CreateObservableGauge("lepton.cluster.silos", Count, "{silo}", "Silos that are not dead, by status.");
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // A series that begins with its first change shows no increase.
        foreach (var status in Enum.GetValues<SiloStatus>().Except([SiloStatus.None]))
        {
            _changes.Add(0, Tag(status));
        }

        _lost.Add(0);
        _oracle.SubscribeToSiloStatusEvents(this);

        // Those that were there before anybody listened.
        foreach (var (silo, _) in _oracle.GetApproximateSiloStatuses(onlyActive: true))
        {
            _ = _staying.TryAdd(silo, true);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _oracle.UnSubscribeFromSiloStatusEvents(this);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        _changes.Add(1, Tag(status));
        if (status is SiloStatus.Created or SiloStatus.Joining or SiloStatus.Active)
        {
            _ = _staying.TryAdd(updatedSilo, true);
        }
        else if (_staying.TryRemove(updatedSilo, out _) && status == SiloStatus.Dead)
        {
            _lost.Add(1);
        }
    }

    private IEnumerable<Measurement<int>> Count() => _oracle.GetApproximateSiloStatuses(onlyActive: false)
        .Where(silo => silo.Value != SiloStatus.Dead)
        .CountBy(silo => silo.Value)
        .Select(count => new Measurement<int>(count.Value, Tag(count.Key)));

    private static KeyValuePair<string, object?> Tag(SiloStatus status) => new(StatusKey, status.ToString().ToLowerInvariant());
}
