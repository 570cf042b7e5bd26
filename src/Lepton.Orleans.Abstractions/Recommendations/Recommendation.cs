namespace Lepton.Orleans;

/// <summary>One place of a list, with the reasons for it where they were asked for.</summary>
[GenerateSerializer, Immutable, Alias("lepton.Recommendation")]
public sealed record Recommendation
{
    /// <summary>The item.</summary>
    [Id(0)] public required string ItemId { get; init; }

    /// <summary>The item's comment, which serves as its title.</summary>
    [Id(1)] public string Title { get; init; } = "";

    /// <summary>The blended score.</summary>
    [Id(2)] public double Score { get; init; }

    /// <summary>Which sources brought it here, the weightiest first.</summary>
    [Id(3)] public IReadOnlyList<Reason> Reasons { get; init; } = [];
}
