namespace Lepton.Orleans.Grains.Catalog;

/// <summary>What changed in a catalogue after a version.</summary>
/// <param name="Epoch">The activation that counts the versions; another one counts anew.</param>
/// <param name="Version">The version these changes lead to.</param>
/// <param name="Entries">The entries as they are now, in the order of their last change.</param>
/// <param name="HasMore">There are changes beyond <paramref name="Version"/>.</param>
[GenerateSerializer, Immutable, Alias("lepton.CatalogChanges")]
internal sealed record CatalogChanges(
    [property: Id(0)] Guid Epoch,
    [property: Id(1)] long Version,
    [property: Id(2)] CatalogEntry[] Entries,
    [property: Id(3)] bool HasMore);
