using Lepton.Orleans.Grains.Catalog;

namespace Lepton.Orleans.Grains.Replication;

/// <inheritdoc cref="ISiloReplicas" />
internal sealed class SiloReplicas(GrainId id, Silo silo, ILoggerFactory loggers, Replicas replicas) : GrainService(id, silo, loggers), ISiloReplicas
{
    public Task TakeAsync(string tenant, CatalogEntry[] entries)
    {
        replicas.Find(tenant)?.Catalog.Take(entries);
        return Task.CompletedTask;
    }
}
