using Orleans.Services;

namespace Lepton.Orleans.Grains.Replication;

/// <summary>Reaches the replicas of another silo.</summary>
internal interface ISiloReplicasClient : IGrainServiceClient<ISiloReplicas>
{
    /// <summary>Those of a silo.</summary>
    ISiloReplicas Of(SiloAddress silo);
}
