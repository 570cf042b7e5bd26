using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Tests.Recurrence;

namespace Lepton.Orleans.Engine.Tests.Ranking;

public sealed class RankerTests
{
    [Fact]
    public void Rank_gives_the_list_that_the_definition_gives()
    {
        var questions = from model in RandomModels.Models from seed in Gen.Choose(0, 1_000_000) from count in Gen.Choose(1, 60) select (model, seed, count);
        Prop.ForAll(questions.ToArbitrary(), question =>
        {
            var (model, seed, count) = question;
            var history = RandomModels.History(model, seed);
            bool Eligible(int item) => HashCode.Combine(item, seed) % 5 != 0;
            var excluded = history.Append(-3).Append(10_000).ToArray();
            var workspace = RankingWorkspace.Rent();
            var results = new RankedItem[count];

            var filled = Ranker.Rank(model, history, excluded, RandomModels.Eligible(model.ItemCount, Eligible), results, workspace);
            RankingWorkspace.Return(workspace);

            var expected = NaiveRanker.Rank(model, history, excluded, Eligible, count);
            var blended = NaiveRanker.Blend(model, history, out var touched);
            Assert.Equal(expected.Length, filled);
            for (var place = 0; place < filled; place++)
            {
                // Single precision may swap two items whose scores are equal to five digits; anything else is a fault.
                var item = results[place].Item;
                Assert.True(
                    item == expected[place] || (touched[item] && Math.Abs(blended[item] - blended[expected[place]]) < 1e-3),
                    $"place {place}: {item} instead of {expected[place]}");
                Assert.True(place == 0 || results[place].Score <= results[place - 1].Score);
            }

            Assert.Equal(filled, results[..filled].Select(r => r.Item).Distinct().Count());
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(0f)]
    public void In_a_large_catalogue_the_recurrent_model_finds_candidates_where_the_user_points_to(float transitions)
    {
        const int items = 9_000;
        var random = new Random(5);
        var recurrence = RandomRecurrence.Clustered(random, items, 64, 90);
        Assert.NotNull(recurrence.Clusters);
        var rows = Enumerable.Range(0, 60)
            .Select(row => new NeighbourRow(row, [.. Enumerable.Range(0, 40).Select(_ => random.Next(items)).Distinct()], []))
            .Select(row => row with { Weights = [.. row.Items.Select((_, k) => 2f - k / 40f)] })
            .ToArray();
        var model = new RankingModel
        {
            ItemCount = items,
            Transitions = NeighbourTable.From(rows),
            TransitionTotals = [.. Enumerable.Repeat(40f, items)],
            Counts = [.. Enumerable.Repeat(1f, items)],
            Recurrence = recurrence,
            Weights = new BlendWeights { Transitions = transitions, CoOccurrence = 0f, Neighbourhood = 0f, Embedding = 0f, Recurrence = 1f },
        };
        int[] history = [1, 2, 3];
        int[] allowed = [.. Enumerable.Range(0, items).Except(history)];
        var scores = new float[allowed.Length];
        var results = new RankedItem[50];

        Ranker.Score(model, history, allowed, scores, new RankingWorkspace());
        var filled = Ranker.Rank(model, history, history, RandomModels.Eligible(items, _ => true), results, new RankingWorkspace());

        // Few are missed, what is found has the score that it has when it is looked up, and the order is that of the scores.
        Assert.Equal(50, filled);
        var scoreOf = allowed.Zip(scores).ToDictionary(pair => pair.First, pair => pair.Second);
        var best = allowed.OrderByDescending(item => scoreOf[item]).Take(50);
        Assert.InRange(best.Intersect(results.Select(place => place.Item)).Count(), 45, 50);
        Assert.All(results, place => Assert.Equal(scoreOf[place.Item], place.Score, 1e-4));
        Assert.Equal(results.OrderByDescending(place => place.Score), results);
    }

    [Fact]
    public void A_used_workspace_is_as_good_as_a_new_one()
    {
        var workspace = new RankingWorkspace();
        for (var seed = 0; seed < 300; seed++)
        {
            var model = RandomModels.Create(seed);
            var history = RandomModels.History(model, seed);
            var eligible = RandomModels.Eligible(model.ItemCount, _ => true);
            var reused = new RankedItem[20];
            var fresh = new RankedItem[20];

            Ranker.Rank(model, history, history, eligible, reused, workspace);
            Ranker.Rank(model, history, history, eligible, fresh, new RankingWorkspace());

            Assert.Equal(fresh, reused);
        }
    }

    [Fact]
    public void Without_history_the_list_is_trending_then_popular_then_newest()
    {
        var model = new RankingModel { ItemCount = 7, Trending = [0f, 0f, 5f, 9f], Counts = [1f, 8f, 100f, 0f, 3f] };
        var results = new RankedItem[10];

        var filled = Ranker.Rank(model, [99], [], [ulong.MaxValue], results, new RankingWorkspace());

        Assert.Equal([3, 2, 1, 4, 0, 6, 5], results[..filled].Select(r => r.Item));
    }

    [Fact]
    public void A_catalogue_longer_than_the_head_of_the_fallback_is_still_listed_whole()
    {
        var model = new RankingModel { ItemCount = 6000 };
        var eligible = RandomModels.Eligible(6000, i => i < 200);
        var results = new RankedItem[150];

        var filled = Ranker.Rank(model, [], [199], eligible, results, new RankingWorkspace());

        Assert.Equal(Enumerable.Range(0, 150).Select(i => 198 - i), results[..filled].Select(r => r.Item));
    }

    [Fact]
    public void Items_of_the_fallback_score_strictly_below_personal_ones()
    {
        var model = new RankingModel
        {
            ItemCount = 30,
            Neighbourhood = NeighbourTable.From([new NeighbourRow(0, [1, 2], [2f, 1f])]),
            Counts = Enumerable.Repeat(4f, 30).ToArray(),
        };
        var results = new RankedItem[20];

        var filled = Ranker.Rank(model, [0], [0], [ulong.MaxValue], results, new RankingWorkspace());

        Assert.Equal(20, filled);
        Assert.Equal([1, 2], results[..2].Select(r => r.Item));
        Assert.All(Enumerable.Range(2, 18), place => Assert.True(results[place].Score < results[place - 1].Score));
    }

    [Fact]
    public void Neither_hidden_nor_excluded_items_ever_appear()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var model = RandomModels.Create(seed);
            var eligible = RandomModels.Eligible(model.ItemCount, i => i % 3 != 0);
            var results = new RankedItem[100];

            var filled = Ranker.Rank(model, RandomModels.History(model, seed), [1, 4], eligible, results, new RankingWorkspace());

            Assert.DoesNotContain(results[..filled], r => r.Item % 3 == 0 || r.Item is 1 or 4);
        }
    }

    [Fact]
    public void Ranking_allocates_nothing_once_the_workspace_fits()
    {
        var model = RandomModels.Create(7).Prepare();
        var history = RandomModels.History(model, 3);
        var eligible = RandomModels.Eligible(model.ItemCount, _ => true);
        var results = new RankedItem[20];
        var workspace = new RankingWorkspace();
        Ranker.Rank(model, history, history, eligible, results, workspace);
        Ranker.Rank(model, [], [], eligible, results, workspace);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Ranker.Rank(model, history, history, eligible, results, workspace);
            Ranker.Rank(model, [], [], eligible, results, workspace);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_large_catalogue_looks_at_the_vectors_of_the_best_candidates()
    {
        var random = new Random(5);
        const int n = 20_000;
        var model = new RankingModel
        {
            ItemCount = n,
            Neighbourhood = NeighbourTable.From([new NeighbourRow(0, Enumerable.Range(1, 150).ToArray(), Enumerable.Range(1, 150).Select(i => 1f / i).ToArray())]),
            Factors = new ItemFactors(32, Enumerable.Range(0, n * 32).Select(_ => random.NextSingle() - .5f).ToArray(), Enumerable.Repeat(1f, n).ToArray()),
            Weights = BlendWeights.AfterBuild with { NeighbourhoodRecency = 0f },
        };
        var results = new RankedItem[150];

        var filled = Ranker.Rank(model, [0], [0], RandomModels.Eligible(n, _ => true), results, new RankingWorkspace());

        var blended = NaiveRanker.Blend(model, [0], out _);
        var expected = Enumerable.Range(1, 150).OrderByDescending(i => blended[i]).ToArray();
        Assert.Equal(150, filled);
        Assert.Equal(expected[..20], results[..20].Select(r => r.Item));
        Assert.All(results, r => Assert.Equal(blended[r.Item], r.Score, 1e-2));
    }

    [Fact]
    public void Vectors_find_their_own_candidates_where_no_other_source_has_any()
    {
        var random = new Random(6);
        const int n = 20_000;
        var model = new RankingModel
        {
            ItemCount = n,
            Factors = new ItemFactors(32, Enumerable.Range(0, n * 32).Select(_ => random.NextSingle() - .5f).ToArray(), Enumerable.Repeat(1f, n).ToArray()),
        };
        var results = new RankedItem[50];

        Ranker.Rank(model, [7], [7], RandomModels.Eligible(n, _ => true), results, new RankingWorkspace());

        var blended = NaiveRanker.Blend(model, [7], out _);
        Assert.Equal(Enumerable.Range(0, n).Where(i => i != 7).OrderByDescending(i => blended[i]).Take(20), results[..20].Select(r => r.Item));
    }

    [Fact]
    public void Score_gives_the_scores_that_rank_orders_by()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var model = RandomModels.Create(seed);
            var history = RandomModels.History(model, seed).Where(i => i < model.ItemCount).Append(0).Distinct().ToArray();
            var items = Enumerable.Range(0, model.ItemCount).Append(-1).ToArray();
            var scores = new float[items.Length];

            Ranker.Score(model, history, items, scores, new RankingWorkspace());

            var blended = NaiveRanker.Blend(model, history, out _);
            Assert.All(Enumerable.Range(0, model.ItemCount), i => Assert.Equal(blended[i], scores[i], 2e-3));
            Assert.Equal(float.NegativeInfinity, scores[^1]);
        }
    }

    [Fact]
    public void A_copy_of_a_model_with_other_counts_ranks_by_the_other_counts()
    {
        var model = new RankingModel { ItemCount = 3, Counts = [1f, 2f, 3f] }.Prepare();
        var results = new RankedItem[3];

        Ranker.Rank(model with { Counts = [9f, 2f, 3f] }, [], [], [7], results, new RankingWorkspace());

        Assert.Equal([0, 2, 1], results.Select(r => r.Item));
    }
}
