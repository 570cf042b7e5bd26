using Lepton.Orleans.Engine.Training;
using Lepton.Orleans.Engine.Tuning;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;
using Lepton.Orleans.Grains.Training;

namespace Lepton.Orleans.Grains.Tests.Training;

public sealed class TuningTests(OneSilo silo, StoreServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task Builds_are_made_with_what_was_found_before_until_there_is_time_to_search_again()
    {
        var cluster = await silo.ClusterAsync();
        await FillAsync(cluster);
        var found = new TuningState
        {
            Best = Knobs.None.With(Knob.RuleWindow, 5).With(Knob.RidgeRegularisation, 6),
            IsFinished = true,
            Events = 1000,
            Trials = [new TuningTrial(Knobs.None, null, .1, .05)],
        };
        await cluster.Grains.GetGrain<ITrainingStateGrain>(_tenant).RestoreAsync(new TrainingState { Tuning = found.ToBytes() });
        var training = cluster.Grains.GetGrain<ITrainingGrain>(_tenant);

        await training.StartAsync();
        var built = await EndAsync(training);

        Assert.Equal(BuildState.Succeeded, built.State);
        Assert.Equal(found.Best, (await ModelAsync(cluster)).Knobs);
        Assert.Equal(new Dictionary<string, double> { ["RuleWindow"] = 5, ["RidgeRegularisation"] = 6 }, built.Tuning!.Settings);

        await cluster.DeactivateAsync(training);
        var kept = (await training.GetStatusAsync()).Tuning!;
        Assert.Equal((true, 1, 1000, .15), (kept.IsFinished, kept.Trials, kept.PositiveFeedback, kept.DefaultScore));
        Assert.Equal(built.Tuning.Settings, kept.Settings);
    }

    [Fact]
    public async Task A_build_with_time_to_search_keeps_every_trial_and_the_next_goes_on_with_them()
    {
        await using var cluster = await LeptonCluster.StartAsync(
            () => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1, ("Lepton:Training:TuningBudget", "00:00:01"));
        await FillAsync(cluster);
        var training = cluster.Grains.GetGrain<ITrainingGrain>(_tenant);

        await training.StartAsync();
        var first = (await EndAsync(training)).Tuning!;
        var knobs = (await ModelAsync(cluster)).Knobs;
        await cluster.DeactivateAsync(training);
        await training.StartAsync();
        var second = (await EndAsync(training)).Tuning!;

        Assert.True(first.Trials > 0);
        Assert.True(first.Score >= first.DefaultScore);
        Assert.Equal(first.Settings, knobs.Values.ToDictionary(pair => pair.Key.ToString(), pair => Math.Round((double)pair.Value, 4)));

        // The histories are the same, so are the trials on them; one at least comes to them unless all have been made.
        Assert.True(first.IsFinished ? second.Trials == first.Trials : second.Trials > first.Trials);
        Assert.Equal((first.DefaultScore, true), (second.DefaultScore, second.Score >= first.Score));
    }

    private async Task<BuiltModel> ModelAsync(LeptonCluster cluster)
    {
        using var stream = new MemoryStream((await cluster.Service<BlobStore>().ReadAsync(TrainingGrain.ModelBlob(_tenant)))!.Value.Content);
        return BuiltModel.Read(stream);
    }

    private static async Task<BuildStatus> EndAsync(ITrainingGrain training)
    {
        await LeptonCluster.EventuallyAsync(async () => (await training.GetStatusAsync()).State != BuildState.Running, "the build ends", Deadline);
        return await training.GetStatusAsync();
    }

    private async Task FillAsync(LeptonCluster cluster)
    {
        // As many users as the learning of weights needs.
        var random = new Random(8);
        await Task.WhenAll(Enumerable.Range(0, 120).Select(u => cluster.User(_tenant, $"user {u}").RecordAsync(new FeedbackBatch
        {
            Rows =
            [
                .. Enumerable.Range(0, 40)
                    .Where(i => i % 4 == u % 4 || random.Next(8) == 0)
                    .Select(i => new Feedback { FeedbackType = "like", UserId = $"user {u}", ItemId = $"i{i}", Timestamp = new DateTime(2026, 1, 1, 0, i, u % 60, DateTimeKind.Utc) }),
            ],
        })));
    }
}
