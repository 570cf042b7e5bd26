using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Tests.Ranking;

public sealed class MaximalMarginalRelevanceTests
{
    // Items 0 and 1 are the same, 2 is different.
    private static readonly RankingModel Model = new() { ItemCount = 3, Factors = new ItemFactors(2, [1f, 0f, 1f, 0f, 0f, 1f], [1f, 1f, 1f]) };

    [Fact]
    public void Lambda_one_leaves_the_order_alone()
    {
        RankedItem[] list = [new(0, 3f), new(1, 2f), new(2, 1f)];

        MaximalMarginalRelevance.Rerank(Model, list, 3, 1f);

        Assert.Equal([0, 1, 2], list.Select(r => r.Item));
    }

    [Fact]
    public void A_different_item_overtakes_a_copy_of_the_first()
    {
        RankedItem[] list = [new(0, 3f), new(1, 2.9f), new(2, 1f)];

        MaximalMarginalRelevance.Rerank(Model, list, 3, .5f);

        Assert.Equal([new(0, 3f), new(2, 1f), new(1, 2.9f)], list);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(.3f)]
    [InlineData(.8f)]
    public void Each_place_goes_to_the_best_remaining_by_the_formula(float lambda)
    {
        var model = RandomModels.Create(12) with { Factors = Random(40) , ItemCount = 40 };
        var list = Enumerable.Range(0, 40).Select(i => new RankedItem(i, 40f - i)).ToArray();
        var expected = Naive(model, list, 10, lambda);

        MaximalMarginalRelevance.Rerank(model, list, 10, lambda);

        Assert.Equal(expected, list.Select(r => r.Item));
    }

    [Fact]
    public void A_lambda_outside_its_range_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => MaximalMarginalRelevance.Rerank(Model, new RankedItem[2], 2, 1.5f));

    private static ItemFactors Random(int count)
    {
        var random = new Random(3);
        return new ItemFactors(3, Enumerable.Range(0, count * 3).Select(_ => random.NextSingle() - .3f).ToArray(), new float[count]);
    }

    private static int[] Naive(RankingModel model, RankedItem[] list, int take, float lambda)
    {
        var rest = list.ToList();
        var chosen = new List<RankedItem>();
        while (chosen.Count < take)
        {
            var best = rest.MaxBy(r => lambda * ((r.Score - 1f) / 39f)
                - (1f - lambda) * chosen.Select(c => MaximalMarginalRelevance.Similarity(model, c.Item, r.Item)).DefaultIfEmpty(0f).Max());
            chosen.Add(best);
            rest.Remove(best);
        }

        return chosen.Concat(rest).Select(r => r.Item).ToArray();
    }
}
