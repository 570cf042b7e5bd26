using Lepton.Orleans.Engine.Evaluation;

namespace Lepton.Orleans.Engine.Tests.Evaluation;

public sealed class RankingMetricsTests
{
    [Fact]
    public void Hand_computed_places_give_hand_computed_metrics()
    {
        // Three targets; two of them stand on the 1st and the 4th place, K = 5.
        int[] places = [0, 3];

        Assert.Equal(2 / 3.0, RankingMetrics.Recall(places, 3, 5), 1e-12);
        Assert.Equal(1.0, RankingMetrics.HitRate(places, 5));
        Assert.Equal(1.0, RankingMetrics.ReciprocalRank(places, 5));
        var dcg = 1 / Math.Log2(2) + 1 / Math.Log2(5);
        var ideal = 1 / Math.Log2(2) + 1 / Math.Log2(3) + 1 / Math.Log2(4);
        Assert.Equal(dcg / ideal, RankingMetrics.Ndcg(places, 3, 5), 1e-12);
    }

    [Fact]
    public void What_stands_behind_the_end_of_the_list_does_not_count()
    {
        int[] places = [5, 9];

        Assert.Equal(0, RankingMetrics.Recall(places, 2, 5));
        Assert.Equal(0, RankingMetrics.HitRate(places, 5));
        Assert.Equal(0, RankingMetrics.Ndcg(places, 2, 5));
        Assert.Equal(0, RankingMetrics.ReciprocalRank(places, 5));
        Assert.Equal(.5, RankingMetrics.Recall(places, 2, 6));
    }

    [Fact]
    public void The_ideal_has_no_more_hits_than_the_list_has_places() =>
        Assert.Equal(1, RankingMetrics.Ndcg([0, 1], 100, 2), 1e-12);

    [Fact]
    public void Half_of_the_equals_count_as_ahead()
    {
        Assert.Equal(0, RankingMetrics.PlaceOf([3f, 1f, 2f], 0));
        Assert.Equal(2, RankingMetrics.PlaceOf([3f, 1f, 2f], 1));
        Assert.Equal(50, RankingMetrics.PlaceOf(new float[100], 0));
        Assert.Equal(1, RankingMetrics.PlaceOf([1f, 1f], 0));
        Assert.Equal(3, RankingMetrics.PlaceOf([1f, 2f, 1f, 1f, 1f], 0));
        Assert.Equal(2, RankingMetrics.PlaceOf([9f, 1f, 1f, 1f], 3));
        Assert.Equal(2, RankingMetrics.PlaceOf([0f, float.NaN, -1f], 1));
    }
}
