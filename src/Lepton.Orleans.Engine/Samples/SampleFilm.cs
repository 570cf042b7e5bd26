namespace Lepton.Orleans.Engine.Samples;

/// <summary>An item with what its audience knows about it beyond the record: numbers in place of names.</summary>
/// <param name="Item">The record.</param>
/// <param name="Genres">Indexes into <see cref="SampleGenre.All"/>.</param>
/// <param name="Director">The director's number.</param>
/// <param name="Popularity">How many people would see it, relative to others; a long tail.</param>
internal sealed record SampleFilm(SampleItem Item, int[] Genres, int Director, double Popularity)
{
    /// <summary>The part before in its series, an index into the films; -1 where there is none.</summary>
    public int Previous { get; set; } = -1;

    /// <summary>The part after in its series, an index into the films; -1 where there is none.</summary>
    public int Next { get; set; } = -1;
}
