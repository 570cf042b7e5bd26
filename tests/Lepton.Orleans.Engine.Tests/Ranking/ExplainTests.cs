using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Tests.Recurrence;

namespace Lepton.Orleans.Engine.Tests.Ranking;

public sealed class ExplainTests
{
    [Fact]
    public void The_seed_is_the_item_of_the_history_that_points_there()
    {
        var model = new RankingModel
        {
            ItemCount = 20,
            Neighbourhood = NeighbourTable.From([new NeighbourRow(1, [9], [.2f]), new NeighbourRow(2, [9, 8], [.9f, .1f])]),
            Transitions = NeighbourTable.From([new NeighbourRow(3, [9], [4f])]),
            TransitionTotals = [0f, 0f, 0f, 4f],
        };
        var shares = new SourceShare[6];

        var count = Ranker.Explain(model, [1, 2, 3], 9, shares);

        Assert.Equal(2, count);
        Assert.Equal(2, shares[..2].Single(s => s.Source == Source.Neighbourhood).Seed);
        Assert.Equal(3, shares[..2].Single(s => s.Source == Source.Transitions).Seed);
        Assert.All(shares[..2], s => Assert.True(s.Contribution > 0f));
    }

    [Fact]
    public void The_shares_of_an_item_with_every_source_add_up_to_its_score()
    {
        var everything = Enumerable.Range(0, 10).Select(row => new NeighbourRow(
            row,
            Enumerable.Range(0, 10).Where(i => i != row).ToArray(),
            Enumerable.Range(0, 9).Select(i => 3f / (1 + i + row)).ToArray())).ToArray();
        var table = NeighbourTable.From(everything);
        var random = new Random(1);
        var model = new RankingModel
        {
            ItemCount = 10,
            Transitions = table,
            TransitionTotals = Enumerable.Repeat(5f, 10).ToArray(),
            CoOccurrence = table,
            Neighbourhood = table,
            Counts = Enumerable.Range(1, 10).Select(i => (float)i).ToArray(),
            Trending = Enumerable.Range(1, 10).Select(i => 20f / i).ToArray(),
            Factors = new ItemFactors(4, Enumerable.Range(0, 40).Select(_ => random.NextSingle()).ToArray(), Enumerable.Repeat(.5f, 10).ToArray()),
            Recurrence = RandomRecurrence.Create(new Random(2), 10, 8, 2),
            Users = new UserTable([.. Enumerable.Range(0, 8).Select(user => 3 * user)], [.. Enumerable.Range(3, 7).SelectMany(item => (int[])[1, 2, item])]),
            Weights = BlendWeights.AfterBuild with { Trending = .3f, Popular = .2f, CoOccurrence = .4f, UserNeighbourhood = .6f },
        };
        var results = new RankedItem[8];
        var shares = new SourceShare[8];
        var filled = Ranker.Rank(model, [1, 2], [1, 2], [ulong.MaxValue], results, new RankingWorkspace());

        Assert.Equal(8, filled);
        foreach (var place in results)
        {
            var count = Ranker.Explain(model, [1, 2], place.Item, shares);

            Assert.Equal((model.Recurrence.OutputScales[place.Item] > 0 ? 7 : 6) + (place.Item >= 3 ? 1 : 0), count);
            Assert.Equal(place.Score, shares[..count].Sum(s => s.Contribution), 1e-3f);
            Assert.Equal(shares[..count].OrderByDescending(s => s.Contribution), shares[..count]);
        }
    }

    [Fact]
    public void What_nobody_pointed_to_is_there_because_it_trends_is_popular_or_is_new()
    {
        var model = new RankingModel { ItemCount = 3, Trending = [2f], Counts = [1f, 1f] };
        var shares = new SourceShare[3];

        Assert.Equal(1, Ranker.Explain(model, [], 0, shares));
        Assert.Equal(new SourceShare(Source.Trending, 0f, -1), shares[0]);
        Assert.Equal(1, Ranker.Explain(model, [2], 1, shares));
        Assert.Equal(new SourceShare(Source.Popular, 0f, -1), shares[0]);
        Assert.Equal(1, Ranker.Explain(model, [], 2, shares));
        Assert.Equal(new SourceShare(Source.Latest, 0f, -1), shares[0]);
        Assert.Equal(0, Ranker.Explain(model, [], 3, shares));
    }

    [Fact]
    public void Any_item_of_any_model_can_be_explained_with_any_room()
    {
        var questions = from model in RandomModels.Models from seed in Gen.Choose(0, 1000) from room in Gen.Choose(0, 8) select (model, seed, room);
        Prop.ForAll(questions.ToArbitrary(), question =>
        {
            var history = RandomModels.History(question.model, question.seed);
            var shares = new SourceShare[question.room];
            return Enumerable.Range(-1, question.model.ItemCount + 2).All(item =>
                Ranker.Explain(question.model, history, item, shares) is var count
                && count <= question.room
                && shares[..count].All(s => float.IsFinite(s.Contribution) && (s.Seed == -1 || history.Contains(s.Seed))));
        }).QuickCheckThrowOnFailure();
    }
}
