using Lepton.Orleans.Grains.Catalog;
using Orleans.Services;

namespace Lepton.Orleans.Grains.Replication;

/// <summary>The replicas of a silo, for what it is told at once instead of finding out by itself.</summary>
[Alias("lepton.ISiloReplicas")]
internal interface ISiloReplicas : IGrainService
{
    /// <summary>
    /// Takes over the entries of items that were deleted or hidden: the silo lists none of them any more, and gives no number of one
    /// that was deleted.
    /// </summary>
    [Alias("TakeDeletions")] Task TakeAsync(string tenant, CatalogEntry[] entries);
}
