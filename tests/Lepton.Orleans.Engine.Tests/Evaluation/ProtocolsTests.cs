using Lepton.Orleans.Engine.Evaluation;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Tests.Evaluation;

public sealed class ProtocolsTests
{
    // 0 votes for 1, 2, 3, 4 in this order.
    private static readonly RankingModel Model = new()
    {
        ItemCount = 5,
        Neighbourhood = NeighbourTable.From([new NeighbourRow(0, [1, 2, 3, 4], [4f, 3f, 2f, 1f])]),
    };

    [Fact]
    public void Top_k_removes_the_training_items_and_asks_for_the_others()
    {
        var data = Protocols.TopK([[3, 1], [2]], [[2, 2, 0]]);

        var asked = Assert.Single(data.Cases);
        Assert.Equal([1, 3], asked.History);
        Assert.Equal([1, 3], asked.Excluded);
        Assert.Equal([2, 0], asked.Targets);
        Assert.Equal(4, data.Training.ItemCount);
    }

    [Fact]
    public void Sequences_hold_back_the_last_item_only()
    {
        var data = Protocols.Sequences([[0, 1, 2], [4]]);

        Assert.Equal([0, 1], data.Training.Of(0).ToArray());
        Assert.Equal([4], data.Training.Of(1).ToArray());
        var asked = Assert.Single(data.Cases);
        Assert.Equal([1, 0], asked.History);
        Assert.Equal([2], asked.Targets);
    }

    [Fact]
    public void Sessions_rank_items_of_the_session_too()
    {
        var data = Protocols.Sessions([[0, 1, 0]], [([0, 1, 0], 1)]);
        var asked = Assert.Single(data.Cases);

        Assert.Equal([0, 1, 0], data.Training.Of(0).ToArray());
        Assert.Equal([0, 1, 0], asked.History);
        Assert.Empty(asked.Excluded);
    }

    [Fact]
    public void An_answer_in_the_catalogue_is_judged_by_its_place()
    {
        var result = Evaluator.Run(Model, [new EvaluationCase([0], [3], [0]), new EvaluationCase([0], [], [0])], 3, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(1, result.Cases);
        Assert.Equal(1.0, result.Recall);
        Assert.Equal(.5, result.Ndcg, 1e-12);
        Assert.Equal(1 / 3.0, result.ReciprocalRank, 1e-12);
        Assert.Equal(0.0, Evaluator.Run(Model, [new EvaluationCase([0], [3], [0])], 2, cancellationToken: TestContext.Current.CancellationToken).HitRate);
    }

    [Fact]
    public void Figures_are_the_same_whatever_the_number_of_threads()
    {
        var cases = Enumerable.Range(0, 200).Select(i => new EvaluationCase([i % 3], [1 + (i % 4)], [i % 3], i % 2 == 0 ? null : [1, 2, 3, 4])).ToArray();

        var results = Array.ConvertAll([1, 4], threads => Evaluator.Run(Model, cases, 3, threads, TestContext.Current.CancellationToken) with { ScoreMicroseconds = 0 });

        Assert.InRange(results[0].Ndcg, .1, .9);
        Assert.Equal(results[0], results[1]);
    }

    [Fact]
    public void Among_candidates_only_they_compete_and_ties_do_not_win()
    {
        var data = Protocols.LeaveOneOut([[0]], [(0, 4, [3, 2])]);

        Assert.Equal(1.0, Evaluator.Run(Model, data.Cases, 3, cancellationToken: TestContext.Current.CancellationToken).Recall);
        Assert.Equal(0.0, Evaluator.Run(Model, data.Cases, 2, cancellationToken: TestContext.Current.CancellationToken).Recall);
        var untold = new RankingModel { ItemCount = 100 };
        Assert.Equal(0.0, Evaluator.Run(untold, [new EvaluationCase([], [7], [], Enumerable.Range(0, 100).ToArray())], 10, cancellationToken: TestContext.Current.CancellationToken).HitRate);
    }

    [Fact]
    public void A_list_without_an_order_is_shuffled_but_keeps_its_items()
    {
        var sorted = Enumerable.Range(0, 50).ToArray();

        var data = Protocols.LeaveOneOut([sorted], [(0, 60, [61])], orderKnown: false);

        Assert.False(data.OrderKnown);
        Assert.NotEqual(sorted, data.Training.Of(0).ToArray());
        Assert.Equal(sorted, data.Training.Of(0).ToArray().Order());
    }
}
