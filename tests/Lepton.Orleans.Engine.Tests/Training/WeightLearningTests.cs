using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Training;

public sealed class WeightLearningTests
{
    private static readonly ModelBuildOptions Small = new()
    {
        Rank = 8,
        Parallelism = 2,
        Recurrence = new() { Epochs = 1, Memories = [0f] },
        Learning = new WeightLearningOptions { MinimumUsers = 20, Users = 300, ListLength = 5 },
    };

    [Theory]
    [InlineData(1, 4, true)]
    [InlineData(2, 12, true)]
    [InlineData(3, 1, true)]
    [InlineData(4, 4, false)]
    public void A_blend_is_never_behind_its_best_source_alone(int seed, int groups, bool ordered)
    {
        var learned = Learn(RandomInteractions.Create(400, 96, seed, groups), Small with { OrderAware = ordered });

        Assert.Equal(
            ordered ? 6 : 4,
            learned.Alone.Select(source => source.Source).Distinct().Count());
        Assert.All(learned.Alone, source => Assert.True(learned.Recall + learned.Ndcg >= source.Gain, $"{source} is better than {learned.Recall + learned.Ndcg}."));
        Assert.Equal(learned.Alone.Max(source => source.Gain), learned.BestAlone!.Gain);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Where_no_better_blend_is_found_the_best_source_alone_is_taken(int seed)
    {
        // No pass of the ascent, and a start with nothing but what is worst.
        var options = Small with { Weights = Silent with { Popular = .1f, CoOccurrence = .01f }, Learning = Small.Learning with { Passes = 0 } };

        var learned = Learn(RandomInteractions.Create(400, 96, seed), options);

        Assert.All(learned.Alone, source => Assert.True(learned.Recall + learned.Ndcg >= source.Gain));
    }

    [Fact]
    public void No_source_is_left_out_so_far_that_another_alone_would_be_better()
    {
        var options = Small with { Learning = Small.Learning with { Tolerance = .9 } };

        var learned = Learn(RandomInteractions.Create(400, 96, 7), options);

        Assert.All(learned.Alone, source => Assert.True(learned.Recall + learned.Ndcg >= source.Gain));
    }

    [Fact]
    public void The_figure_of_a_source_alone_is_that_of_lists_made_with_it_alone()
    {
        var interactions = RandomInteractions.Create(400, 96, 8);
        var learned = Learn(interactions, Small);
        var heldOut = HeldOut.Split(interactions, Small.Learning, Small.Seed, orderAware: true)!;
        var cases = heldOut.Users
            .Select((user, at) => (History: heldOut.Training.Of(user).ToArray().Reverse().ToArray(), Targets: heldOut.Targets[at]))
            .Select(user => new Engine.Evaluation.EvaluationCase(user.History, user.Targets, user.History)).ToArray();
        var model = ModelBuild.Train(heldOut.Training, Silent with { Recurrence = 1f }, Small, cancellationToken: TestContext.Current.CancellationToken).ToRankingModel();

        var asked = Engine.Evaluation.Evaluator.Run(model, cases, Small.Learning.ListLength, cancellationToken: TestContext.Current.CancellationToken);

        var alone = learned.Alone.Single(source => source.Source == Source.Recurrence);
        Assert.Equal((asked.Recall, asked.Ndcg), (alone.Recall, alone.Ndcg));
    }

    [Fact]
    public void Scores_take_no_more_memory_than_they_may()
    {
        var interactions = RandomInteractions.Create(2500, 96, 9);
        var options = Small with { Recurrence = null, Learning = Small.Learning with { Users = 2000 } };
        var all = Learn(interactions, options);

        // Six columns at least, of some 60 candidates or more.
        var some = Learn(interactions, options with { Learning = options.Learning with { MaximumBytes = 400 * 4L * 6 * 96 } });

        Assert.True(all.Users > 1000);
        Assert.InRange(some.Users, 256, 500);
        Assert.True(some.Recall + some.Ndcg >= some.StartRecall + some.StartNdcg);
        Assert.Equal(256, Learn(interactions, options with { Learning = options.Learning with { MaximumBytes = 1 } }).Users);
    }

    private static BlendWeights Silent => BlendFeatures.Silent(BlendWeights.AfterBuild);

    private static WeightLearningResult Learn(Interactions interactions, ModelBuildOptions options) =>
        ModelBuild.Learn(interactions, options, cancellationToken: TestContext.Current.CancellationToken)!;
}
