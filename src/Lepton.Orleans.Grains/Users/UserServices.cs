using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Users;

/// <summary>What every active user of a silo shares; one reference, because a silo holds many of them.</summary>
internal sealed record UserServices(
    RecordStore Records,
    GroupCommit Commits,
    IndexStore Indexes,
    LocalUsers Local,
    Replicas Replicas,
    DeltaBuffer Deltas,
    UserNeighbors Neighbors,
    TimeProvider Clock,
    ILogger<ActiveUser> Logger);
