namespace Lepton.Orleans.Grains.Replication;

/// <summary>What a host asks to know whether this silo can answer.</summary>
public sealed class ReplicaStatus
{
    private readonly Replicas _replicas;

    internal ReplicaStatus(Replicas replicas) => _replicas = replicas;

    /// <summary>Whether a tenant's catalogue, counters and model were read once.</summary>
    public bool IsReady(string tenant) => _replicas.For(tenant).IsReady;
}
