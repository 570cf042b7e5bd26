namespace Lepton.Orleans.Grains.Catalog;

/// <summary>What every silo knows of an item: enough to filter, to name and to explain.</summary>
[GenerateSerializer, Immutable, Alias("lepton.CatalogEntry")]
internal sealed record CatalogEntry
{
    /// <summary>The item's number, given once and never again.</summary>
    [Id(0)] public required int Number { get; init; }

    [Id(1)] public required string ItemId { get; init; }

    /// <summary>The item was deleted; its number stays taken.</summary>
    [Id(2)] public bool IsDeleted { get; init; }

    [Id(3)] public bool IsHidden { get; init; }

    [Id(4)] public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>When the item appeared; <see langword="default"/> where nobody said.</summary>
    [Id(5)] public DateTime Timestamp { get; init; }

    [Id(6)] public string Title { get; init; } = "";

    /// <summary>The catalogue's version when this entry was written; a later one replaces it.</summary>
    [Id(7)] public long Version { get; init; }

    /// <summary>Whether lists may hold it.</summary>
    public bool IsListed => !IsDeleted && !IsHidden;
}
