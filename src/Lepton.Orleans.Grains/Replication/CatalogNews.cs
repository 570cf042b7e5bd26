using Lepton.Orleans.Grains.Catalog;

namespace Lepton.Orleans.Grains.Replication;

/// <summary>
/// Tells all silos that items were deleted or hidden, before whoever did that is told: a silo that still gave the number of one
/// that was deleted would acknowledge feedback that nobody sees again, and how soon one that is busy asks for changes is its own
/// affair.
/// </summary>
internal sealed class CatalogNews(ISiloReplicasClient replicas, ISiloStatusOracle silos, TimeProvider clock, ILogger<CatalogNews> logger)
{
    /// <summary>
    /// How long one silo is waited for. One that hangs, or is gone without anybody knowing yet, hears of it when it asks for the
    /// catalogue's changes again.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Tells every silo but this one.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="entries">What the catalogue has of the items now.</param>
    public Task TellAsync(string tenant, CatalogEntry[] entries)
    {
        // One that leaves still answers. What the membership says is known here: the change must not wait for its table.
        var told = silos.GetApproximateSiloStatuses(onlyActive: false)
            .Where(silo => silo.Value is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping && !silo.Key.Equals(silos.SiloAddress))
            .Select(silo => TellAsync(silo.Key, tenant, entries));
        return entries.Length == 0 ? Task.CompletedTask : Task.WhenAll(told);
    }

    private async Task TellAsync(SiloAddress silo, string tenant, CatalogEntry[] entries)
    {
        try
        {
            await replicas.Of(silo).TakeAsync(tenant, entries).WaitAsync(Patience, clock);
        }
        catch (Exception exception)
        {
            logger.NewsUnheard(silo, exception.GetType().Name);
        }
    }
}
