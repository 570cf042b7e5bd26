namespace Lepton.Orleans.Grains;

/// <summary>What the grains log: one line a decision, nothing per request.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "Another activation has taken over {Record}; this one stops")]
    public static partial void LostRecord(this ILogger logger, string record);

    [LoggerMessage(2, LogLevel.Warning, "The journal of {Record} could not be folded now; it stays and is folded later")]
    public static partial void FoldFailed(this ILogger logger, string record, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "The replica of {Tenant} could not be refreshed ({What}); the last one stays in use")]
    public static partial void RefreshFailed(this ILogger logger, string tenant, string what, Exception exception);

    [LoggerMessage(131, LogLevel.Warning, "The replica of {Tenant} could not be refreshed ({What}), because nothing answered ({Operation}); the last one stays in use")]
    public static partial void RefreshUnanswered(this ILogger logger, string tenant, string what, string operation);

    [LoggerMessage(132, LogLevel.Warning, "The store did not confirm model {Version} of {Tenant}; it is sent again in {Seconds:F0} s")]
    public static partial void PublishAgain(this ILogger logger, string tenant, long version, double seconds);

    [LoggerMessage(4, LogLevel.Information, "The replica of {Tenant} holds model {Version}")]
    public static partial void ModelLoaded(this ILogger logger, string tenant, long version);

    [LoggerMessage(5, LogLevel.Information, "Build {Version} of {Tenant} started")]
    public static partial void BuildStarted(this ILogger logger, string tenant, long version);

    [LoggerMessage(6, LogLevel.Information, "Build {Version} of {Tenant} finished after {Seconds:F1} s: {Summary}")]
    public static partial void BuildFinished(this ILogger logger, string tenant, long version, double seconds, string summary);

    [LoggerMessage(55, LogLevel.Information, "The search for settings that suit {Tenant} has tried {Trials} on these histories; all there are: {IsFinished}; best: {Knobs}")]
    public static partial void BuildTuned(this ILogger logger, string tenant, int trials, bool isFinished, string knobs);

    [LoggerMessage(7, LogLevel.Error, "Build {Version} of {Tenant} failed; the model in use stays")]
    public static partial void BuildFailed(this ILogger logger, string tenant, long version, Exception exception);

    [LoggerMessage(58, LogLevel.Information, "The blend of {Tenant} was learned on {Users} ends of histories: recall + NDCG {Together:F4}, and {Source} alone {Alone:F4}")]
    public static partial void WeightsLearned(this ILogger logger, string tenant, int users, double together, Engine.Ranking.Source? source, double alone);

    [LoggerMessage(59, LogLevel.Information, "The blend of {Tenant} follows what came since build {Version}: {Weights}")]
    public static partial void BlendFollows(this ILogger logger, string tenant, long version, string weights);

    [LoggerMessage(56, LogLevel.Error, "Build {Version} of {Tenant} was begun {Attempts} times, and each time its silo ended with it; it is given up, the model in use stays, and none starts until one is asked for")]
    public static partial void BuildGivenUp(this ILogger logger, string tenant, long version, int attempts);

    [LoggerMessage(57, LogLevel.Warning, "The build of {Tenant} that this silo takes along when it leaves could not be noted as such; it counts as one that ended its silo")]
    public static partial void LeaveUnwritten(this ILogger logger, string tenant, Exception exception);

    [LoggerMessage(8, LogLevel.Information, "Build {Version} of {Tenant} was cancelled; the model in use stays")]
    public static partial void BuildCancelled(this ILogger logger, string tenant, long version);

    [LoggerMessage(9, LogLevel.Warning, "Counters of {Tenant} could not be sent to their shards; {Dropped} increments wait for the next build")]
    public static partial void DeltasDropped(this ILogger logger, string tenant, long dropped, Exception? exception);

    [LoggerMessage(10, LogLevel.Warning, "Shard {Shard} could not write its checkpoint; it tries again")]
    public static partial void CheckpointFailed(this ILogger logger, string shard, Exception exception);

    [LoggerMessage(12, LogLevel.Error, "The record of {Record} cannot be read; lists of users, builds and repairs pass over it")]
    public static partial void UnreadableRecord(this ILogger logger, string record, Exception exception);

    [LoggerMessage(11, LogLevel.Warning, "The checkpoint of shard {Shard} cannot be read; it starts empty, and the next build fills it")]
    public static partial void CheckpointUnreadable(this ILogger logger, string shard, Exception exception);

    [LoggerMessage(14, LogLevel.Error, "Model {Version} of {Tenant} cannot be read; lists go on without it until the next build")]
    public static partial void UnreadableModel(this ILogger logger, string tenant, long version, Exception exception);

    [LoggerMessage(15, LogLevel.Warning, "More was counted during a build than shard {Shard} keeps aside; what comes until its end is counted by the build after it")]
    public static partial void AsideFull(this ILogger logger, string shard);

    [LoggerMessage(16, LogLevel.Warning, "Shard {Shard} was not closed: what it counted since its last checkpoint is lost, and a build counts it anew from the histories")]
    public static partial void CountsLost(this ILogger logger, string shard);

    [LoggerMessage(17, LogLevel.Error, "A write that the store has answered could not be finished")]
    public static partial void CommitFailed(this ILogger logger, Exception exception);

    [LoggerMessage(18, LogLevel.Information, "The repair of {Tenant} ended after {Seconds:F1} s; mended in the indexes of users {Users}, items {Items}, feedback {Feedback}; deletions finished: {Deletions}")]
    public static partial void RepairFinished(this ILogger logger, string tenant, double seconds, long users, long items, long feedback, long deletions);

    [LoggerMessage(19, LogLevel.Warning, "The repair of {Tenant} was cut off; what it mended stays mended, and it begins anew later")]
    public static partial void RepairFailed(this ILogger logger, string tenant, Exception exception);

    [LoggerMessage(20, LogLevel.Information, "The index entries of {Record} could not be looked after now; the next repair does it")]
    public static partial void MendFailed(this ILogger logger, string record, Exception exception);

    [LoggerMessage(13, LogLevel.Warning, "Shards of {Tenant} could not be told that their rebuild was abandoned; the next build ends it")]
    public static partial void AbandonFailed(this ILogger logger, string tenant, Exception exception);

    [LoggerMessage(41, LogLevel.Information, "Of {Active} active grains {Moved} were moved to the silos where they belong now")]
    public static partial void GrainsMoved(this ILogger logger, int moved, int active);

    [LoggerMessage(42, LogLevel.Warning, "Grains could not be moved to where they belong now; in a second it is tried again")]
    public static partial void MoveFailed(this ILogger logger, Exception exception);

    [LoggerMessage(45, LogLevel.Information, "Writes to {Tenant} are paused until {Until}")]
    public static partial void WritesPaused(this ILogger logger, string tenant, string until);

    [LoggerMessage(46, LogLevel.Information, "Writes to {Tenant} are taken again")]
    public static partial void WritesResumed(this ILogger logger, string tenant);

    [LoggerMessage(47, LogLevel.Information, "Silo {Silo} could not be told of an item that was deleted or hidden ({Reason}); it hears of it when it refreshes its catalogue")]
    public static partial void NewsUnheard(this ILogger logger, SiloAddress silo, string reason);

    [LoggerMessage(40, LogLevel.Warning, "The merge of {User} that was cut off could not be finished now; the next build tries again")]
    public static partial void MergeUnfinished(this ILogger logger, string user, Exception exception);

    [LoggerMessage(50, LogLevel.Information, "The learner of {Tenant} goes on from build {Version} with the vectors of {Items} items")]
    public static partial void LearnerBegins(this ILogger logger, string tenant, long version, int items);

    [LoggerMessage(51, LogLevel.Warning, "The learner of {Tenant} could not read its checkpoint now; what comes waits until it can")]
    public static partial void LearnerWaits(this ILogger logger, string tenant, Exception exception);

    [LoggerMessage(52, LogLevel.Warning, "The checkpoint of the learner of {Tenant} cannot be read; it starts from the last build")]
    public static partial void LearnerUnreadable(this ILogger logger, string tenant, Exception exception);

    [LoggerMessage(53, LogLevel.Warning, "The learner of {Tenant} could not write what it has learned; it tries again")]
    public static partial void LearnerUnwritten(this ILogger logger, string tenant, Exception exception);

    [LoggerMessage(54, LogLevel.Warning, "What the learner of {Tenant} holds does not fit model {Version}; lists go on without it")]
    public static partial void LearnerUnfit(this ILogger logger, string tenant, long version, Exception exception);
}
