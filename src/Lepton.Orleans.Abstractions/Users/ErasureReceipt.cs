namespace Lepton.Orleans;

/// <summary>What the erasure of a user has removed, by kind, and what waits for the next build.</summary>
[GenerateSerializer, Immutable, Alias("lepton.ErasureReceipt")]
public sealed record ErasureReceipt
{
    /// <summary>The user.</summary>
    [Id(0)] public required string UserId { get; init; }

    /// <summary>1 where there was a state (profile and history, or whom the user was merged into), else 0.</summary>
    [Id(1)] public int States { get; init; }

    /// <summary>Changes in the journal beside the state.</summary>
    [Id(2)] public int JournalEntries { get; init; }

    /// <summary>Events of the history.</summary>
    [Id(3)] public int Feedback { get; init; }

    /// <summary>Names of events that repetitions were known by.</summary>
    [Id(4)] public int EventNames { get; init; }

    /// <summary>Entries in the index of users: 1 or 0.</summary>
    [Id(5)] public int UserIndexEntries { get; init; }

    /// <summary>Entries in the indexes of feedback by item.</summary>
    [Id(6)] public int ItemIndexEntries { get; init; }

    /// <summary>Lists that were kept in memory.</summary>
    [Id(7)] public int CachedLists { get; init; }

    /// <summary>Items, and pairs of items, from whose counters the user's contribution is taken back.</summary>
    [Id(8)] public int Counters { get; init; }

    /// <summary>What is still made from the user's history, and until when.</summary>
    [Id(9)] public IReadOnlyList<ErasureWait> Waiting { get; init; } = [];

    /// <summary>Whether there was anything of the user.</summary>
    public bool Found => States + JournalEntries + UserIndexEntries + ItemIndexEntries > 0;
}
