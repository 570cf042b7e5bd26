namespace Lepton.Orleans;

/// <summary>How far a repair pass is, and its report.</summary>
[GenerateSerializer, Immutable, Alias("lepton.RepairStatus")]
public sealed record RepairStatus
{
    /// <summary>What is going on.</summary>
    [Id(0)] public RepairState State { get; init; }

    /// <summary>What is looked at now: <c>Keys</c>, <c>Users</c>, <c>Feedback</c> or <c>Items</c>; empty where nothing runs, and while another silo has its turn.</summary>
    [Id(1)] public string Stage { get; init; } = "";

    /// <summary>When the pass began.</summary>
    [Id(2)] public DateTime? Started { get; init; }

    /// <summary>For how long it has run.</summary>
    [Id(3)] public double Seconds { get; init; }

    /// <summary>The index of users.</summary>
    [Id(4)] public RepairCounts Users { get; init; } = RepairCounts.None;

    /// <summary>The index of items.</summary>
    [Id(5)] public RepairCounts Items { get; init; } = RepairCounts.None;

    /// <summary>The indexes of feedback by item.</summary>
    [Id(6)] public RepairCounts ItemFeedback { get; init; } = RepairCounts.None;

    /// <summary>Deletions of items that had been cut off and are carried through.</summary>
    [Id(7)] public long DeletionsFinished { get; init; }

    /// <summary>Keys that writes which were cut off had left, and that are gone.</summary>
    [Id(8)] public long KeysRemoved { get; init; }

    /// <summary>Why the last pass failed; empty otherwise.</summary>
    [Id(9)] public string Error { get; init; } = "";
}
