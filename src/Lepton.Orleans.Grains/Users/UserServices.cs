using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;
using Microsoft.Extensions.Options;

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
    IGrainFactory Grains,
    TimeProvider Clock,
    IOptions<FeedbackOptions> Options,
    ILogger<ActiveUser> Logger)
{
    /// <summary>For how long a repeated event is known by its name.</summary>
    public TimeSpan RepetitionWindow { get; } = Options.Value.RepetitionWindow;
}
