using Lepton.Orleans.Grains.Roles;
using Microsoft.Extensions.Hosting;

namespace Lepton.Orleans.Grains.Replication;

/// <summary>Keeps a silo's replicas current: catalogues every 200 ms, counters and builds every second, both less often where that would take too much of the silo.</summary>
internal sealed class ReplicaRefresher(Replicas replicas, HostedRoles hosted, ReplicaMetrics metrics, TimeProvider clock, ILogger<ReplicaRefresher> logger) : BackgroundService
{
    private static readonly (TimeSpan Shortest, TimeSpan Longest) CatalogRest = (TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(800));

    // A new item is in lists within five seconds, though it may just have missed a refresh, and the next one takes its time too.
    private static readonly (TimeSpan Shortest, TimeSpan Longest) ModelRest = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3.5));

    // A refresh is followed by so many times of what it took, within the bounds above.
    private const double RestPerWork = 15;

    // What goes on failing is told so often.
    private static readonly (TimeSpan First, TimeSpan Longest) Telling = (TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The default tenant's replica is what readiness waits for, so it is there from the start.
        if (hosted.HoldsReplica)
        {
            _ = replicas.For(LeptonKey.DefaultTenant);
        }

        return Task.WhenAll(
            LoopAsync(CatalogRest, "catalogue", replica => replica.Catalog.RefreshAsync(), stoppingToken),
            LoopAsync(ModelRest, "model", replica => replica.RefreshModelAsync(), stoppingToken));
    }

    private async Task LoopAsync((TimeSpan Shortest, TimeSpan Longest) rest, string what, Func<Replica, Task> refresh, CancellationToken stoppingToken)
    {
        var telling = new RisingInterval(clock, Telling.First, Telling.Longest);
        try
        {
            while (true)
            {
                var taken = TimeSpan.Zero;
                foreach (var replica in replicas.All)
                {
                    var started = clock.GetTimestamp();
                    var measured = metrics.Begin(replica.Tenant, what);
                    try
                    {
                        await refresh(replica);
                        taken += clock.GetElapsedTime(started);
                        metrics.End(replica.Tenant, what, measured);
                        telling.Reset();
                    }
                    catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
                    {
                        metrics.End(replica.Tenant, what, measured, exception);
                        if (telling.IsDue())
                        {
                            Tell(replica.Tenant, what, exception);
                        }
                    }
                }

                // However much changes, refreshing stays a small part of the silo's work; but waiting in vain is no work.
                var due = RestPerWork * taken;
                await Task.Delay(due < rest.Shortest ? rest.Shortest : due > rest.Longest ? rest.Longest : due, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    // That a store or a silo does not answer needs no stack trace.
    private void Tell(string tenant, string what, Exception exception)
    {
        if (exception is StoreUnavailableException or TimeoutException or OrleansException)
        {
            logger.RefreshUnanswered(tenant, what, exception is StoreUnavailableException store ? store.Operation : exception.GetType().Name);
        }
        else
        {
            logger.RefreshFailed(tenant, what, exception);
        }
    }
}
