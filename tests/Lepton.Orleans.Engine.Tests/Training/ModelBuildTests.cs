using System.Collections.Concurrent;
using Lepton.Orleans.Engine.Binary;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tests.Training;

public sealed class ModelBuildTests
{
    private static readonly ModelBuildOptions Small = new() { Rank = 8, Parallelism = 2, Recurrence = new() { Epochs = 1, Memories = [0f] }, Learning = new WeightLearningOptions { MinimumUsers = 20, Users = 150 } };

    [Fact]
    public void Learned_weights_rank_the_held_out_ends_at_least_as_well_as_those_it_started_from()
    {
        var model = ModelBuild.Run(RandomInteractions.Create(500, 120, 12), Small, cancellationToken: TestContext.Current.CancellationToken);

        Assert.NotNull(model.Learning);
        Assert.InRange(model.Learning.Users, 20, 150);
        Assert.True(model.Learning.Recall + model.Learning.Ndcg >= model.Learning.StartRecall + model.Learning.StartNdcg);
        Assert.Equal(model.Learning.Weights, model.Model.Weights);
    }

    [Fact]
    public void With_too_few_users_the_given_weights_stay()
    {
        var weights = BlendWeights.AfterBuild with { Embedding = .123f };

        var model = ModelBuild.Run(RandomInteractions.Create(15, 120, 13), Small with { Weights = weights }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Null(model.Learning);
        Assert.Equal(weights, model.Model.Weights);
    }

    [Fact]
    public void Without_order_neither_rules_nor_recency_take_part()
    {
        var model = ModelBuild.Run(RandomInteractions.Create(300, 120, 14), Small with { OrderAware = false }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(0f, model.Model.Weights.Transitions);
        Assert.Equal(0f, model.Model.Weights.NeighbourhoodRecency);
        Assert.Equal(0f, model.Model.Weights.EmbeddingRecency);
    }

    [Fact]
    public void Equal_seeds_give_equal_builds_whatever_the_number_of_threads()
    {
        var interactions = RandomInteractions.Create(300, 100, 15);

        var one = ModelBuild.Run(interactions, Small with { Parallelism = 1 }, cancellationToken: TestContext.Current.CancellationToken);
        var three = ModelBuild.Run(interactions, Small with { Parallelism = 3 }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(Bytes(one.Model), Bytes(three.Model));
        Assert.Equal(BytesWithCounts(one), BytesWithCounts(three));
    }

    [Fact]
    public void A_build_reads_back_as_it_was_written()
    {
        var built = ModelBuild.Run(RandomInteractions.Create(300, 2100, 16), Small, cancellationToken: TestContext.Current.CancellationToken);
        var bytes = Bytes(built.Model);

        var read = BuiltModel.Read(new MemoryStream(bytes));

        Assert.Equal(bytes, Bytes(read));
        Assert.Equal(2100, read.ItemCount);
        Assert.Equal(bytes, Bytes(BuiltModel.Read(new MemoryStream(BytesWithCounts(built))) with { Recurrence = built.Model.Recurrence }));
    }

    [Fact]
    public void What_the_shards_count_takes_no_place_in_the_published_model()
    {
        var model = ModelBuild.Run(RandomInteractions.Create(300, 400, 20), Small, cancellationToken: TestContext.Current.CancellationToken).Model;
        var entries = Enumerable.Range(0, model.Neighbourhood.RowCount).Sum(row => model.Neighbourhood.Items(row).Length);
        var recurrent = (model.Recurrence!.Mixing.Length * 4) + model.Recurrence.Inputs.Length + (model.Recurrence.InputScales.Length * 4);
        var tables = recurrent + (entries * 8) + (model.Neighbourhood.RowCount * 4) + (model.Factors!.Vectors.Length * 4) + (model.Factors.InputScale.Length * 4);

        Assert.InRange(Bytes(model).Length, tables, tables + 1000);
    }

    [Fact]
    public void A_model_of_implicit_feedback_with_like_minded_users_reads_back_as_it_was_written()
    {
        var built = ModelBuild.Train(
            RandomInteractions.Create(100, 60, 23),
            BlendWeights.AfterBuild with { EmbeddingIsImplicit = true, UserNeighbourhood = .4f },
            Small,
            cancellationToken: TestContext.Current.CancellationToken).Model;

        var bytes = Bytes(built);
        var read = BuiltModel.Read(new MemoryStream(bytes));

        Assert.Equal(bytes, Bytes(read));
        Assert.Equal(new ImplicitFold(.2f, .005f), read.Factors!.Implicit);
        Assert.Equal(built.Users!.Items, read.Users!.Items);
    }

    [Fact]
    public void In_a_dense_catalogue_the_slice_chooses_the_kind_of_vectors()
    {
        var dense = Small with { Implicit = new ImplicitOptions { MinimumDensity = 10, Sweeps = 2 } };
        var model = ModelBuild.Run(RandomInteractions.Create(500, 120, 24), dense, cancellationToken: TestContext.Current.CancellationToken).Model;

        Assert.Equal(model.Weights.EmbeddingIsImplicit, model.Factors!.Implicit is not null);
    }

    [Fact]
    public void Builds_of_earlier_releases_read_without_what_came_later()
    {
        var built = ModelBuild.Run(RandomInteractions.Create(100, 60, 21), Small with { Recurrence = null }, cancellationToken: TestContext.Current.CancellationToken).Model;
        var bytes = Bytes(built);

        // Those forms end without the marks of what is absent: vectors of implicit feedback, a recurrent model, users, knobs.
        byte[] lately = [.. "LBM4"u8, .. bytes[4..^8], .. bytes[^4..]];
        byte[] before = [.. "LBM3"u8, .. bytes[4..^24], .. bytes[^20..^16], .. bytes[^4..]];
        byte[] longBefore = [.. "LBM2"u8, .. bytes[4..^24], .. bytes[^4..]];

        Assert.Equal(bytes, Bytes(BuiltModel.Read(new MemoryStream(lately))));
        Assert.Equal(bytes, Bytes(BuiltModel.Read(new MemoryStream(before))));
        Assert.Equal(bytes, Bytes(BuiltModel.Read(new MemoryStream(longBefore))));
    }

    [Fact]
    public void A_model_with_two_vectors_an_item_reads_back_as_it_was_written()
    {
        var built = ModelBuild.Run(
            RandomInteractions.Create(100, 60, 22),
            Small with { Recurrence = new() { Epochs = 1, Tied = false } },
            cancellationToken: TestContext.Current.CancellationToken).Model;

        var bytes = Bytes(built);

        Assert.Equal(bytes, Bytes(BuiltModel.Read(new MemoryStream(bytes))));
    }

    [Fact]
    public void Truncated_and_damaged_builds_are_refused()
    {
        var bytes = Bytes(ModelBuild.Run(RandomInteractions.Create(20, 30, 17), Small, cancellationToken: TestContext.Current.CancellationToken).Model);

        for (var length = 0; length < bytes.Length; length += length < 1000 || length > bytes.Length - 100 ? 1 : 97)
        {
            Assert.Throws<InvalidDataException>(() => BuiltModel.Read(new MemoryStream(bytes, 0, length)));
        }

        bytes[1] ^= 0x40;
        Assert.Throws<InvalidDataException>(() => BuiltModel.Read(new MemoryStream(bytes)));
    }

    [Fact]
    public void Progress_rises_to_one_and_names_its_stages()
    {
        var reports = new ConcurrentQueue<BuildProgress>();

        ModelBuild.Run(RandomInteractions.Create(300, 100, 18), Small with { Parallelism = 1 }, new Recorder(reports), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(reports.Select(r => r.Share).Order(), reports.Select(r => r.Share));
        Assert.Equal(new BuildProgress(BuildStage.Finished, 1), reports.Last());
        Assert.Equal(Enum.GetValues<BuildStage>().Order(), reports.Select(r => r.Stage).Distinct().Order());
    }

    [Fact]
    public void A_build_takes_no_more_threads_than_it_may()
    {
        var threads = new ThreadsOf(BuildStage.Recurrence);

        ModelBuild.Train(RandomInteractions.Create(2000, 400, 25), null, Small with { Parallelism = 2 }, threads, TestContext.Current.CancellationToken);

        // The recurrent model has one of the two, so that the rest is done by the other.
        Assert.Equal((1, 1), (threads.OfStage, threads.OfOthers));
    }

    [Fact]
    public void A_build_stops_in_whatever_stage_it_is_cancelled()
    {
        foreach (var stage in Enum.GetValues<BuildStage>().Except([BuildStage.Finished]))
        {
            using var source = new CancellationTokenSource();
            var cancel = new CancelIn(stage, source);

            Assert.ThrowsAny<OperationCanceledException>(() => ModelBuild.Run(RandomInteractions.Create(300, 400, 19), Small, cancel, source.Token));
        }
    }

    [Fact]
    public void An_empty_tenant_gives_an_empty_model()
    {
        var model = ModelBuild.Run(new Interactions([0], [], 0), Small, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Null(model.Model.Factors);
        Assert.Equal(0, model.ToRankingModel().ItemCount);
        Assert.Equal(Bytes(model.Model), Bytes(BuiltModel.Read(new MemoryStream(Bytes(model.Model)))));
    }

    private static byte[] Bytes(BuiltModel model)
    {
        using var stream = new MemoryStream();
        model.Write(stream);
        return stream.ToArray();
    }

    /// <summary>The form of the release before, which held what the shards count, too.</summary>
    private static byte[] BytesWithCounts(ModelBuildResult built)
    {
        using var stream = new MemoryStream();
        var output = new StreamOutput(stream);
        output.Write(0x314D424Cu);
        output.Write(built.Model.ItemCount);
        output.WriteArray<byte>(built.Model.Weights.ToBytes());
        output.WriteTable(built.Model.Neighbourhood);
        output.WriteTable(built.Transitions);
        output.WriteArray<float>(built.TransitionTotals);
        output.WriteTable(built.CoOccurrence);
        output.WriteArray<float>(built.TransitionTotals);
        output.WriteArray<float>(built.Counts);
        output.Write(built.Model.Factors!.Rank);
        output.WriteArray<float>(built.Model.Factors.Vectors);
        output.WriteArray<float>(built.Model.Factors.InputScale);
        output.Write(0x444E454Cu);
        output.Flush();
        return stream.ToArray();
    }

    private sealed class Recorder(ConcurrentQueue<BuildProgress> reports) : IProgress<BuildProgress>
    {
        public void Report(BuildProgress value) => reports.Enqueue(value);
    }

    private sealed class ThreadsOf(BuildStage stage) : IProgress<BuildProgress>
    {
        private readonly ConcurrentDictionary<(bool, int), bool> _threads = [];

        public int OfStage => _threads.Keys.Count(key => key.Item1);

        public int OfOthers => _threads.Keys.Count(key => !key.Item1);

        public void Report(BuildProgress value) => _threads[(value.Stage == stage, Environment.CurrentManagedThreadId)] = true;
    }

    private sealed class CancelIn(BuildStage stage, CancellationTokenSource source) : IProgress<BuildProgress>
    {
        public void Report(BuildProgress value)
        {
            if (value.Stage == stage)
            {
                source.Cancel();
            }
        }
    }
}
