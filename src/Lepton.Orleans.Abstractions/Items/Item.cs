namespace Lepton.Orleans;

/// <summary>An item as callers know it.</summary>
[GenerateSerializer, Immutable, Alias("lepton.Item")]
public sealed record Item
{
    /// <summary>The id, unique within the tenant.</summary>
    [Id(0)] public required string ItemId { get; init; }

    /// <summary>A hidden item is in no list.</summary>
    [Id(1)] public bool IsHidden { get; init; }

    /// <summary>Categories that lists can be restricted to.</summary>
    [Id(2)] public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>When the item appeared, UTC; <see langword="default"/> where nobody said.</summary>
    [Id(3)] public DateTime Timestamp { get; init; }

    /// <summary>Labels as the caller's JSON (an array or an object), or <see langword="null"/>.</summary>
    [Id(4)] public string? LabelsJson { get; init; }

    /// <summary>Free text; shown as the item's title where a person looks.</summary>
    [Id(5)] public string Comment { get; init; } = "";
}
