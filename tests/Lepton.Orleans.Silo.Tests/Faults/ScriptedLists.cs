namespace Lepton.Orleans.Silo.Tests.Faults;

/// <summary>A user's lists that do what a test says.</summary>
internal sealed class ScriptedLists(Func<RecommendRequest, bool, Task<ListPayload>> recommend) : IRecommendationGrain
{
    public ValueTask<ListPayload> RecommendJsonAsync(RecommendRequest request, bool scored) => new(recommend(request, scored));

    public ValueTask<RecommendationList> ExplainAsync(RecommendRequest request) => throw new NotSupportedException("Not scripted.");
}
