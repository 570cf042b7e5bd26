using Lepton.Orleans.Grains.Catalog;

namespace Lepton.Orleans.Grains.Replication;

/// <summary>
/// Tells all silos that items were deleted, before whoever deleted them is told: a silo that still gave their number would
/// acknowledge feedback that nobody sees again.
/// </summary>
internal sealed class DeletionNews(ISiloReplicasClient replicas, ISiloStatusOracle silos, TimeProvider clock, ILogger<DeletionNews> logger)
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
        // One that leaves still answers. What the membership says is known here: the deletion must not wait for its table.
        var told = silos.GetApproximateSiloStatuses(onlyActive: false)
            .Where(silo => silo.Value is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping && !silo.Key.Equals(silos.SiloAddress))
            .Select(silo => TellAsync(silo.Key, tenant, entries));
        return entries.Length == 0 ? Task.CompletedTask : Task.WhenAll(told);
    }

    private async Task TellAsync(SiloAddress silo, string tenant, CatalogEntry[] entries)
    {
        try
        {
            await replicas.Of(silo).TakeDeletionsAsync(tenant, entries).WaitAsync(Patience, clock);
        }
        catch (Exception exception)
        {
            logger.DeletionUnheard(silo, exception.GetType().Name);
        }
    }
}
