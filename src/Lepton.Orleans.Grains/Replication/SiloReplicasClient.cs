using Orleans.Runtime.Services;

namespace Lepton.Orleans.Grains.Replication;

/// <inheritdoc cref="ISiloReplicasClient" />
internal sealed class SiloReplicasClient(IServiceProvider services) : GrainServiceClient<ISiloReplicas>(services), ISiloReplicasClient
{
    public ISiloReplicas Of(SiloAddress silo) => GetGrainService(silo);
}
