using Lepton.Orleans.Grains.Roles;

namespace Lepton.Orleans.Grains.Replication;

/// <summary>What a host asks to know whether this silo can answer.</summary>
public sealed class ReplicaStatus
{
    private readonly Replicas _replicas;
    private readonly HostedRoles _hosted;

    internal ReplicaStatus(Replicas replicas, HostedRoles hosted) => (_replicas, _hosted) = (replicas, hosted);

    /// <summary>Whether a tenant's catalogue, counters and model were read once, or are not needed by this silo's roles.</summary>
    public bool IsReady(string tenant) => !_hosted.HoldsReplica || _replicas.For(tenant).IsReady;
}
