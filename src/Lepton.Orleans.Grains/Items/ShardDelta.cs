namespace Lepton.Orleans.Grains.Items;

/// <summary>What a silo has counted for one shard since it sent the last: columns, because rows of references would be traced.</summary>
[GenerateSerializer, Immutable, Alias("lepton.ShardDelta")]
internal sealed record ShardDelta
{
    /// <summary>Sequential rules: source items, …</summary>
    [Id(0)] public int[] RuleRows { get; init; } = [];

    /// <summary>… the items that came after, …</summary>
    [Id(1)] public int[] RuleItems { get; init; } = [];

    /// <summary>… and the increments.</summary>
    [Id(2)] public float[] RuleWeights { get; init; } = [];

    /// <summary>Co-occurrence: items of this shard, …</summary>
    [Id(3)] public int[] PairRows { get; init; } = [];

    /// <summary>… the items beside them, …</summary>
    [Id(4)] public int[] PairItems { get; init; } = [];

    /// <summary>… and the increments.</summary>
    [Id(5)] public float[] PairWeights { get; init; } = [];

    /// <summary>Items of this shard that a user has found for the first time, …</summary>
    [Id(6)] public int[] Events { get; init; } = [];

    /// <summary>… and when, in milliseconds since 1970.</summary>
    [Id(7)] public long[] EventTimes { get; init; } = [];
}
