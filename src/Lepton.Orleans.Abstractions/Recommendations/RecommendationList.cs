namespace Lepton.Orleans;

/// <summary>A list with its reasons and the versions it was ranked from.</summary>
[GenerateSerializer, Immutable, Alias("lepton.RecommendationList")]
public sealed record RecommendationList
{
    /// <summary>The places, best first.</summary>
    [Id(0)] public required IReadOnlyList<Recommendation> Items { get; init; }

    /// <summary>The version of the user's state that the ranking has seen; each acknowledged change raises it.</summary>
    [Id(1)] public long UserVersion { get; init; }

    /// <summary>The build that the replica held; 0 before the first.</summary>
    [Id(2)] public long ModelVersion { get; init; }

    /// <summary>The version of the catalogue.</summary>
    [Id(3)] public long CatalogVersion { get; init; }
}
