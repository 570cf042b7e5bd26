using Lepton.Orleans.Grains.Catalog;

namespace Lepton.Orleans.Grains.Items;

/// <summary>An item as the store keeps it.</summary>
[GenerateSerializer, Immutable, Alias("lepton.ItemState")]
internal sealed record ItemState
{
    /// <summary>The number that the catalogue gave to this item.</summary>
    [Id(0)] public required int Number { get; init; }

    [Id(1)] public required Item Item { get; init; }

    /// <summary>What every silo knows of it, under a number.</summary>
    /// <param name="number">The living number of the id; a state with another one belongs to an item deleted before.</param>
    public CatalogEntry? ToEntry(int number) => number != Number ? null : new CatalogEntry
    {
        Number = number,
        ItemId = Item.ItemId,
        IsHidden = Item.IsHidden,
        Categories = Item.Categories,
        Timestamp = Item.Timestamp,
        Title = Item.Comment,
    };
}
