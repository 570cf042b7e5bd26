namespace Lepton.Orleans.Client;

/// <summary>There is no source of similar items of this name.</summary>
public sealed class UnknownRecommenderException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="recommender">What was asked for.</param>
    public UnknownRecommenderException(string recommender)
        : base($"There is no recommender '{recommender}'; {nameof(RecommenderNames)} has those that exist.") => Recommender = recommender;

    /// <summary>What was asked for.</summary>
    public string Recommender { get; }
}
