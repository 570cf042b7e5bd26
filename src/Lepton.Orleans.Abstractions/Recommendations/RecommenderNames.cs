namespace Lepton.Orleans;

/// <summary>The named sources of candidates, as they appear in URLs and in reasons.</summary>
public static class RecommenderNames
{
    /// <summary>All sources of one list, blended.</summary>
    public const string Neighbors = "neighbors";

    /// <summary>What people come to next (sequential rules), learned per event.</summary>
    public const string Transitions = "transitions";

    /// <summary>What the same people like, counted per event.</summary>
    public const string CoOccurrence = "co-occurrence";

    /// <summary>Local ridge neighbourhoods of items, learned by the build.</summary>
    public const string Neighbourhood = "neighbourhood";

    /// <summary>Item vectors of a normalised SVD, learned by the build.</summary>
    public const string Embedding = "embedding";

    /// <summary>A recurrent model of what comes next, learned by the build.</summary>
    public const string Recurrence = "recurrence";

    /// <summary>What like-minded users have, found among those that a build drew.</summary>
    public const string UserNeighbourhood = "user-neighbourhood";

    /// <summary>Popularity that fades with a half-life.</summary>
    public const string Trending = "trending";

    /// <summary>Popularity of all time.</summary>
    public const string Popular = "popular";

    /// <summary>The newest items.</summary>
    public const string Latest = "latest";
}
