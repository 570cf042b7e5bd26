namespace Lepton.Orleans.Silo.Tests.Faults;

/// <summary>A user's lists that do what a test says.</summary>
internal sealed class ScriptedLists(
    Func<RecommendRequest, bool, Task<ListPayload>>? recommend = null,
    Func<RecommendRequest, RecommendationList>? describe = null) : IRecommendationGrain
{
    public ValueTask<ListPayload> RecommendJsonAsync(RecommendRequest request, bool scored) =>
        recommend is null ? throw new NotSupportedException("Not scripted.") : new(recommend(request, scored));

    public ValueTask<RecommendationList> DescribeAsync(RecommendRequest request) =>
        describe is null ? throw new NotSupportedException("Not scripted.") : new(describe(request));

    public ValueTask<RecommendationList> ExplainAsync(RecommendRequest request) => throw new NotSupportedException("Not scripted.");
}
