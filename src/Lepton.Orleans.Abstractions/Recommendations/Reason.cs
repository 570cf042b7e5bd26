namespace Lepton.Orleans;

/// <summary>Why an item is where it is: a source, its share, and the item of the history that points to it.</summary>
[GenerateSerializer, Immutable, Alias("lepton.Reason")]
public sealed record Reason
{
    /// <summary>The source, see <see cref="RecommenderNames"/>.</summary>
    [Id(0)] public required string Source { get; init; }

    /// <summary>The source's part of the blended score.</summary>
    [Id(1)] public double Contribution { get; init; }

    /// <summary>The item of the user's history that weighed most, where the source has one.</summary>
    [Id(2)] public string? SeedItemId { get; init; }

    /// <summary>That item's title.</summary>
    [Id(3)] public string? SeedTitle { get; init; }

    /// <summary>A sentence for a person.</summary>
    [Id(4)] public string Text { get; init; } = "";
}
