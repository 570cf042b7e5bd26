namespace Lepton.Orleans.Cli.Formats;

/// <summary>The files of MovieLens that are imported.</summary>
internal enum MovieLensTable
{
    /// <summary>Films: title with year, genres.</summary>
    Movies,

    /// <summary>People, in ml-1m only.</summary>
    Users,

    /// <summary>Ratings with their time.</summary>
    Ratings,
}
