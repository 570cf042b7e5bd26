using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Training;

public sealed class LiveBlendTests
{
    private const int Items = 60;

    // After an item comes the next, say the rules; what is seven further, say the co-occurrences.
    private static readonly RankingModel Model = new()
    {
        ItemCount = Items,
        Transitions = Rows(1),
        TransitionTotals = [.. Enumerable.Repeat(9f, Items)],
        CoOccurrence = Rows(7),
        Counts = [.. Enumerable.Repeat(10f, Items)],
        Weights = new BlendWeights { Transitions = .45f, CoOccurrence = 1f, Neighbourhood = 0f, Embedding = 0f },
    };

    [Fact]
    public void Weights_follow_the_source_that_has_expected_what_came()
    {
        var blend = new LiveBlend(capacity: 300, period: 200);
        Come(blend, Model, 200, step: 1);

        var weights = blend.Learn(Model)!;

        Assert.True(weights.Transitions / weights.CoOccurrence > Model.Weights.Transitions / Model.Weights.CoOccurrence);
        Assert.True(PlaceOf(Model with { Weights = weights }) < PlaceOf(Model));
        Assert.Equal(0f, weights.Neighbourhood);
        Assert.False(blend.IsDue);
        Assert.Null(blend.Learn(Model));
    }

    [Fact]
    public void Weights_that_suit_what_comes_stay()
    {
        var good = Model with { Weights = Model.Weights with { Transitions = 2f } };
        var blend = new LiveBlend(period: 200);
        Come(blend, good, 200, step: 1);

        Assert.Equal(0, PlaceOf(good));
        Assert.Null(blend.Learn(good));
    }

    [Fact]
    public void What_one_half_of_the_events_says_is_not_believed_where_the_other_says_the_opposite()
    {
        var blend = new LiveBlend(period: 200);
        for (var e = 0; e < 200; e++)
        {
            Come(blend, Model, 1, step: e % 2 == 0 ? 1 : 7);
        }

        Assert.Null(blend.Learn(Model));
    }

    [Fact]
    public void Weights_are_looked_for_once_enough_has_come_and_from_the_newest_events()
    {
        var blend = new LiveBlend(capacity: 200, period: 200);
        Come(blend, Model, 199, step: 7);
        Assert.Null(blend.Learn(Model));
        Come(blend, Model, 200, step: 1);

        Assert.Equal(200, blend.Count);
        Assert.True(blend.Learn(Model)!.Transitions > Model.Weights.Transitions);
    }

    [Fact]
    public void A_model_with_other_sources_begins_anew_and_one_with_other_weights_does_not()
    {
        var blend = new LiveBlend(period: 200);
        Come(blend, Model, 200, step: 1);
        Come(blend, Model with { Weights = Model.Weights with { Transitions = .5f } }, 1, step: 1);
        Assert.Equal(201, blend.Count);

        Assert.Null(blend.Learn(Model with { Weights = Model.Weights with { Transitions = 0f } }));

        Assert.Equal((0, false), (blend.Count, blend.IsDue));
    }

    [Fact]
    public void What_was_forgotten_moves_no_weights_of_the_next_model()
    {
        // The rules of the model before expected what came; those of the next one do not, and its co-occurrences do.
        var next = Model with { Transitions = Rows(30) };
        var blend = new LiveBlend(capacity: 600, period: 200);
        Come(blend, Model, 399, step: 1);
        blend.Forget();
        Assert.Equal((0, false), (blend.Count, blend.IsDue));

        Come(blend, next, 199, step: 7);
        Assert.Null(blend.Learn(next));
        Come(blend, next, 1, step: 7);

        Assert.Equal(200, blend.Count);
        Assert.False(blend.Learn(next)?.Transitions > next.Weights.Transitions);
    }

    private static void Come(LiveBlend blend, RankingModel model, int count, int step)
    {
        for (var e = 0; e < count; e++)
        {
            blend.Add(model, [e % Items], (e + step) % Items);
        }
    }

    private static int PlaceOf(RankingModel model)
    {
        var list = new RankedItem[20];
        var count = Ranker.Rank(model, [3], [3], [ulong.MaxValue], list, new RankingWorkspace());
        return Array.FindIndex(list, 0, count, ranked => ranked.Item == 4);
    }

    private static NeighbourTable Rows(int step) => NeighbourTable.From(
        [.. Enumerable.Range(0, Items).Select(item => new NeighbourRow(item, [.. Enumerable.Range(step, 3).Select(s => (item + s) % Items)], [5f, 3f, 1f]))]);
}
