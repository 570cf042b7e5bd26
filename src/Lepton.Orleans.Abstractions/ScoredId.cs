namespace Lepton.Orleans;

/// <summary>An item's or a user's id with its score: higher is better, comparable within one list only.</summary>
[GenerateSerializer, Immutable, Alias("lepton.ScoredId")]
public readonly record struct ScoredId([property: Id(0)] string Id, [property: Id(1)] double Score);
