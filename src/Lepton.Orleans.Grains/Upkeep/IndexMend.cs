namespace Lepton.Orleans.Grains.Upkeep;

/// <summary>What an owner has mended in an index: it alone knows what is true, and nothing of its own is being written meanwhile.</summary>
/// <param name="Added">Entries that were missing.</param>
/// <param name="Removed">Entries of what does not exist.</param>
[GenerateSerializer, Immutable, Alias("lepton.IndexMend")]
internal readonly record struct IndexMend([property: Id(0)] int Added, [property: Id(1)] int Removed)
{
    public static IndexMend operator +(IndexMend a, IndexMend b) => new(a.Added + b.Added, a.Removed + b.Removed);
}
