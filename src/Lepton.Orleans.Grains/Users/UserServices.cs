using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Users;

/// <summary>What every user grain of a silo shares; one reference, because a silo holds many of them.</summary>
internal sealed record UserServices(
    RecordStore Records,
    IndexStore Indexes,
    LocalUsers Local,
    Replicas Replicas,
    DeltaBuffer Deltas,
    UserNeighbors Neighbors,
    TimeProvider Clock,
    ILogger<UserGrain> Logger);
