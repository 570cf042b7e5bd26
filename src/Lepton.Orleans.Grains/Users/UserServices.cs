using Lepton.Orleans.Grains.Erasure;
using Lepton.Orleans.Grains.Events;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Pauses;
using Lepton.Orleans.Grains.Recommendations;
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
    ListQuality Quality,
    PendingErasures Erasures,
    ILeptonEvents Events,
    WriteGate Gate,
    IGrainFactory Grains,
    TimeProvider Clock,
    IOptions<FeedbackOptions> Options,
    IOptions<TrainingOptions> Training,
    ILogger<ActiveUser> Logger)
{
    /// <summary>For how long a repeated event is known by its name.</summary>
    public TimeSpan RepetitionWindow { get; } = Options.Value.RepetitionWindow;

    /// <summary>What waits for the next build after the erasure of somebody who was counted.</summary>
    /// <param name="isBuilt">Whether there is a model.</param>
    public IReadOnlyList<ErasureWait> WaitsFor(bool isBuilt)
    {
        DateTime? latest = Training.Value.Automatic ? Clock.GetUtcNow().UtcDateTime + Training.Value.AfterErasure : null;
        var counters = new ErasureWait("Counters", "Counters are bounded: where one was made room for others, or an event was counted by another rule, a trace stays until they are counted anew.", latest);
        var model = new ErasureWait("Model", "Neighbourhoods, vectors and weights of the model in use were learned from the histories of all users, this one's among them.", latest);
        return isBuilt ? [model, counters] : [counters];
    }
}
