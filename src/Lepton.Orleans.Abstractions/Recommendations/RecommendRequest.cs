namespace Lepton.Orleans;

/// <summary>What a list is asked for. Two requests with equal <see cref="Category"/> share one ranking, which all their pages are cut from.</summary>
[GenerateSerializer, Immutable, Alias("lepton.RecommendRequest")]
public sealed record RecommendRequest
{
    /// <summary>The most places that a ranking holds: <see cref="Offset"/> + <see cref="Count"/> beyond it are empty.</summary>
    public const int MaxRanked = 1000;

    /// <summary>How many places.</summary>
    [Id(0)] public int Count { get; init; } = 10;

    /// <summary>How many of the best to skip.</summary>
    [Id(1)] public int Offset { get; init; }

    /// <summary>How many places a ranking needs for this page, at most <see cref="MaxRanked"/>.</summary>
    public int Needed => (int)Math.Clamp((long)Offset + Count, 0, MaxRanked);

    /// <summary>Only items of this category; <see langword="null"/> for all.</summary>
    [Id(2)] public string? Category { get; init; }
}
