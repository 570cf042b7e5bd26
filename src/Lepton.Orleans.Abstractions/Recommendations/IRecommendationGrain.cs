namespace Lepton.Orleans;

/// <summary>
/// One user's lists: ranks from the silo's replica, and keeps the ranking until the user, the model or the catalogue
/// has a newer version. Key: that of the user. An unknown user gets the fallback list.
/// </summary>
[Alias("lepton.IRecommendationGrain")]
public interface IRecommendationGrain : IGrainWithStringKey
{
    /// <summary>A page of the list as JSON: an array of ids, or of <c>{"Id", "Score"}</c>.</summary>
    /// <exception cref="StoreUnavailableException">The user's state cannot be read now.</exception>
    [Alias("RecommendJson")] ValueTask<ListPayload> RecommendJsonAsync(RecommendRequest request, bool scored);

    /// <summary>A page of the list with titles, scores and the versions it was ranked from; without reasons, which cost more than the list.</summary>
    /// <exception cref="StoreUnavailableException">The user's state cannot be read now.</exception>
    [Alias("Describe")] ValueTask<RecommendationList> DescribeAsync(RecommendRequest request);

    /// <summary>The page of <see cref="DescribeAsync"/> with the reasons for each place.</summary>
    /// <exception cref="StoreUnavailableException">The user's state cannot be read now.</exception>
    [Alias("Explain")] ValueTask<RecommendationList> ExplainAsync(RecommendRequest request);
}
