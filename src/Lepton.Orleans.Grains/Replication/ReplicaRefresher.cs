using Microsoft.Extensions.Hosting;

namespace Lepton.Orleans.Grains.Replication;

/// <summary>Keeps a silo's replicas current: catalogues every 200 ms, counters and builds every second, both less often where that would take too much of the silo.</summary>
internal sealed class ReplicaRefresher(Replicas replicas, TimeProvider clock, ILogger<ReplicaRefresher> logger) : BackgroundService
{
    private static readonly TimeSpan CatalogInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ModelInterval = TimeSpan.FromSeconds(1);

    // A refresh that took a second is followed by so many of rest.
    private const double RestPerWork = 15;

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The default tenant's replica is what readiness waits for, so it is there from the start.
        _ = replicas.For(LeptonKey.DefaultTenant);
        return Task.WhenAll(
            LoopAsync(CatalogInterval, "catalogue", replica => replica.Catalog.RefreshAsync(), stoppingToken),
            LoopAsync(ModelInterval, "model", replica => replica.RefreshModelAsync(), stoppingToken));
    }

    private async Task LoopAsync(TimeSpan interval, string what, Func<Replica, Task> refresh, CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var started = clock.GetTimestamp();
                foreach (var replica in replicas.All)
                {
                    try
                    {
                        await refresh(replica);
                    }
                    catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
                    {
                        logger.RefreshFailed(replica.Tenant, what, exception);
                    }
                }

                // However much changes, refreshing stays a small part of the silo's work.
                var taken = clock.GetElapsedTime(started);
                await Task.Delay(interval > RestPerWork * taken ? interval : RestPerWork * taken, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }
}
