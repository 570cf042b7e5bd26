namespace Lepton.Orleans.Engine.Ranking;

/// <summary>What can bring an item into a list.</summary>
public enum Source : byte
{
    /// <summary>Sequential rules: what people come to next. Learned per event.</summary>
    Transitions,

    /// <summary>What the same people have. Learned per event.</summary>
    CoOccurrence,

    /// <summary>Local ridge neighbourhoods of items. Learned by the build.</summary>
    Neighbourhood,

    /// <summary>Item vectors of a normalised SVD, the user folded in from the history. Learned by the build.</summary>
    Embedding,

    /// <summary>Popularity that fades with a half-life.</summary>
    Trending,

    /// <summary>Popularity of all time.</summary>
    Popular,

    /// <summary>The newest items, that is the highest numbers.</summary>
    Latest,

    /// <summary>A linear recurrent model of what comes next. Learned by the build, the user's state from the history as it is.</summary>
    Recurrence,

    /// <summary>What the users have whose histories are most like this one. From a table of users that a build draws.</summary>
    UserNeighbourhood,
}
