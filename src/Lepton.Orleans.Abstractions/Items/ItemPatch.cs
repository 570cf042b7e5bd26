namespace Lepton.Orleans;

/// <summary>A change to an item: what is <see langword="null"/> stays as it is.</summary>
[GenerateSerializer, Immutable, Alias("lepton.ItemPatch")]
public sealed record ItemPatch
{
    /// <summary>Hide or show.</summary>
    [Id(0)] public bool? IsHidden { get; init; }

    /// <summary>All categories anew.</summary>
    [Id(1)] public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>When the item appeared, UTC.</summary>
    [Id(2)] public DateTime? Timestamp { get; init; }

    /// <summary>New labels as JSON; the JSON text <c>null</c> removes them.</summary>
    [Id(3)] public string? LabelsJson { get; init; }

    /// <summary>New free text.</summary>
    [Id(4)] public string? Comment { get; init; }
}
