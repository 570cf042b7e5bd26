using Microsoft.Extensions.Hosting;

namespace Lepton.Orleans.Grains.Replication;

/// <summary>Keeps a silo's replicas current: catalogues every 200 ms, counters and builds every second.</summary>
internal sealed class ReplicaRefresher(Replicas replicas, TimeProvider clock, ILogger<ReplicaRefresher> logger) : BackgroundService
{
    private static readonly TimeSpan CatalogInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ModelInterval = TimeSpan.FromSeconds(1);

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
        using var timer = new PeriodicTimer(interval, clock);
        try
        {
            do
            {
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
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }
}
