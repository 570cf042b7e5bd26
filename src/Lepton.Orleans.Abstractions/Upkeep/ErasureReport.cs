namespace Lepton.Orleans;

/// <summary>What a search of the whole store for a user has found.</summary>
[GenerateSerializer, Immutable, Alias("lepton.ErasureReport")]
public sealed record ErasureReport
{
    /// <summary>The user.</summary>
    [Id(0)] public required string UserId { get; init; }

    /// <summary>How many keys were looked at, on all servers of the store.</summary>
    [Id(1)] public long KeysScanned { get; init; }

    /// <summary>How many of them are indexes in which the user was looked up.</summary>
    [Id(2)] public long IndexesSearched { get; init; }

    /// <summary>What is left; empty after an erasure.</summary>
    [Id(3)] public IReadOnlyList<ErasureRemains> Remains { get; init; } = [];

    /// <summary>How many erasures, of anybody, no build has heeded yet; entries name no user.</summary>
    [Id(4)] public long ErasuresWaiting { get; init; }

    /// <summary>When the first of those was.</summary>
    [Id(5)] public DateTime? WaitingSince { get; init; }
}
