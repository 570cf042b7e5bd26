using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Tests.Ranking;

public sealed class SimilarTests
{
    private static readonly RankingModel Model = new()
    {
        ItemCount = 6,
        Neighbourhood = NeighbourTable.From([new NeighbourRow(0, [3, 1], [.8f, .3f])]),
        CoOccurrence = NeighbourTable.From([new NeighbourRow(0, [1, 2], [4f, 3f])]),
        Transitions = NeighbourTable.From([new NeighbourRow(0, [4], [4f])]),
        TransitionTotals = [4f],
        Counts = [5f, 100f, 1f, 5f, 2f, 7f],
        Trending = [0f, 1f, 2f],
        Factors = new ItemFactors(2, [1f, 0f, 0f, 1f, 1f, .1f, -1f, 0f], [1f, 1f, 1f, 1f]),
    };

    [Theory]
    [InlineData(Source.Neighbourhood, new[] { 3, 1 })]
    [InlineData(Source.CoOccurrence, new[] { 2, 1 })]
    [InlineData(Source.Transitions, new[] { 4 })]
    [InlineData(Source.Embedding, new[] { 2, 1, 3 })]
    [InlineData(Source.Trending, new[] { 2, 1 })]
    [InlineData(Source.Popular, new[] { 1, 5, 3, 4, 2 })]
    [InlineData(Source.Latest, new[] { 5, 4, 3, 2, 1 })]
    public void One_source_answers_alone(Source source, int[] expected)
    {
        var results = new RankedItem[10];

        var count = Ranker.Similar(Model, 0, source, [ulong.MaxValue], results, new RankingWorkspace());

        Assert.Equal(expected, results[..count].Select(r => r.Item));
    }

    [Fact]
    public void The_blend_never_returns_the_item_itself_nor_what_is_not_eligible()
    {
        var results = new RankedItem[10];

        var count = Ranker.Similar(Model, 0, null, [ulong.MaxValue & ~(1UL << 3)], results, new RankingWorkspace());

        Assert.Equal([1, 2, 4], results[..count].Select(r => r.Item).Order());
    }

    [Fact]
    public void An_unknown_item_is_like_nothing() =>
        Assert.Equal(0, Ranker.Similar(Model, 99, null, [ulong.MaxValue], new RankedItem[5], new RankingWorkspace()));
}
