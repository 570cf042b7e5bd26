namespace Lepton.Orleans.Engine.Samples;

/// <summary>A film that was never made.</summary>
public sealed record SampleItem
{
    /// <summary>The id, unique: the title in lower case with hyphens.</summary>
    public required string ItemId { get; init; }

    /// <summary>The title, unique.</summary>
    public required string Title { get; init; }

    /// <summary>One to three of <see cref="SampleCatalog.Genres"/>, the most fitting first.</summary>
    public required IReadOnlyList<string> Categories { get; init; }

    /// <summary>When it was released, UTC.</summary>
    public required DateTime ReleasedAt { get; init; }

    /// <summary>Labels as a JSON object: year, director, country, minutes and, in a series, its name and the part.</summary>
    public required string LabelsJson { get; init; }

    /// <summary>The series it belongs to, or <see langword="null"/>.</summary>
    public string? Series { get; init; }

    /// <summary>Which part of its series it is, from 1; 0 outside a series.</summary>
    public int Part { get; init; }
}
