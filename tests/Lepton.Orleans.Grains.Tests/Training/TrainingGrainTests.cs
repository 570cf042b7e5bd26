using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Items;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;
using Lepton.Orleans.Grains.Training;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Tests.Training;

public sealed class TrainingGrainTests(OneSilo silo, StoreServers servers)
{
    private const int Users = 60;
    private const int Items = 40;
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task A_build_reaches_the_replica_and_counts_exactly()
    {
        // Of its own: a replica waits its turn behind those of every tenant that its silo serves.
        await using var cluster = await LeptonCluster.StartAsync(() => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1);
        var expected = await FillAsync(cluster);
        await cluster.Service<DeltaBuffer>().FlushAsync();
        var training = cluster.Grains.GetGrain<ITrainingGrain>(_tenant);
        Assert.Equal(BuildState.None, (await training.GetStatusAsync()).State);
        Assert.Equal(BuildState.Running, (await training.StartAsync()).State);
        var built = await EndAsync(training);
        Assert.Equal((BuildState.Succeeded, 1d, ""), (built.State, built.Progress, built.Error));
        Assert.True(built.ModelVersion > 0);

        var replica = cluster.Service<Replicas>().For(_tenant);
        await LeptonCluster.EventuallyAsync(() => Task.FromResult(replica.ModelVersion == built.ModelVersion), "the replica holds the build");
        await LeptonCluster.EventuallyAsync(
            () => Task.FromResult(expected.All(e => replica.Model.Counts[replica.Catalog.NumberOf(e.Key)] == e.Value) && replica.PositiveFeedback == expected.Values.Sum()),
            "the replica's counts are those of the histories");
        Assert.Equal(built.ModelVersion, (await cluster.Lists(_tenant, "user 1").ExplainAsync(new RecommendRequest())).ModelVersion);

        await cluster.DeactivateAsync(training);
        Assert.Equal((BuildState.Succeeded, built.ModelVersion), ((await training.GetStatusAsync()).State, (await training.GetStatusAsync()).ModelVersion));
    }

    [Fact]
    public async Task A_second_start_joins_the_running_build_and_cancel_ends_it()
    {
        // Held at its first step, where it asks every shard once, the build is neither quicker nor slower than the test.
        var gate = new CallGate(nameof(IItemShardGrain.BeginRebuildAsync));
        await using var cluster = await LeptonCluster.StartAsync(
            () => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1, silo => silo.AddIncomingGrainCallFilter(gate));
        await FillAsync(cluster);
        var training = cluster.Grains.GetGrain<ITrainingGrain>(_tenant);
        var started = await Task.WhenAll(training.StartAsync(), training.StartAsync(), training.StartAsync());
        Assert.All(started, status => Assert.Equal((BuildState.Running, 0), (status.State, status.ModelVersion)));
        var cancelling = training.CancelAsync();
        await LeptonCluster.EventuallyAsync(() => Task.FromResult(gate.Calls >= IItemShardGrain.Shards), "the build has asked the shards");
        gate.Open();
        Assert.Equal((BuildState.Cancelled, 0), ((await cancelling).State, (await cancelling).ModelVersion));
        Assert.Equal(IItemShardGrain.Shards, gate.Calls);
        Assert.Null(await cluster.Service<BlobStore>().ReadAsync(TrainingGrain.ModelBlob(_tenant)));

        await training.StartAsync();
        Assert.Equal(BuildState.Running, (await training.StartAsync()).State);
        var built = await EndAsync(training);
        Assert.Equal(BuildState.Succeeded, built.State);
        Assert.Equal(2 * IItemShardGrain.Shards, gate.Calls);
        Assert.Equal(built.ModelVersion, (await cluster.Service<BlobStore>().ReadAsync(TrainingGrain.ModelBlob(_tenant)))!.Value.Version);
        await cluster.DeactivateAsync(training);
        Assert.Equal(built.ModelVersion, (await training.GetStatusAsync()).ModelVersion);
        Assert.Equal(BuildState.Succeeded, (await training.CancelAsync()).State);
    }

    [Fact]
    public async Task A_build_whose_silo_ends_before_it_replaces_the_counters_is_taken_up_where_it_was()
    {
        var gate = new CallGate(nameof(IShardRebuildGrain.RebuildPageAsync));
        long version;
        await using (var killed = await LeptonCluster.StartAsync(
            () => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1, silo => silo.AddIncomingGrainCallFilter(gate)))
        {
            await FillAsync(killed);
            await killed.Grains.GetGrain<ITrainingGrain>(_tenant).StartAsync();
            await LeptonCluster.EventuallyAsync(() => Task.FromResult(gate.Calls > 0), "the build replaces counters");
            version = (await killed.Service<BlobStore>().ReadAsync(TrainingGrain.ModelBlob(_tenant)))!.Value.Version;
            await killed.KillSiloAsync(0);
            gate.Open();
        }

        await using var cluster = await LeptonCluster.StartAsync(() => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1);
        var built = await EndAsync(cluster.Grains.GetGrain<ITrainingGrain>(_tenant));
        Assert.Equal((BuildState.Succeeded, version), (built.State, built.ModelVersion));

        // Another tenant with the same items and users, whose build nothing disturbed.
        var quiet = OpenStore.Unique();
        var catalog = cluster.Grains.GetGrain<ICatalogGrain>(_tenant);
        await cluster.Grains.GetGrain<ICatalogGrain>(quiet).ResolveAsync([.. (await catalog.GetChangesAsync(Guid.Empty, 0, 1000)).Entries.OrderBy(e => e.Number).Select(e => e.ItemId)]);
        await FillAsync(cluster, quiet);
        await cluster.Grains.GetGrain<ITrainingGrain>(quiet).StartAsync();
        Assert.Equal(BuildState.Succeeded, (await EndAsync(cluster.Grains.GetGrain<ITrainingGrain>(quiet))).State);
        Assert.Equal(await ShardWords.OfAsync(cluster, quiet), await ShardWords.OfAsync(cluster, _tenant));
        var models = await Task.WhenAll(new[] { quiet, _tenant }.Select(t => cluster.Service<BlobStore>().ReadAsync(TrainingGrain.ModelBlob(t))));
        Assert.Equal(models[0]!.Value.Content, models[1]!.Value.Content);

        // It has ended: nothing is taken up a second time.
        await cluster.DeactivateAsync(cluster.Grains.GetGrain<ITrainingGrain>(_tenant));
        Assert.Equal((BuildState.Succeeded, version), (await cluster.Grains.GetGrain<ITrainingGrain>(_tenant).GetStatusAsync()) is var last ? (last.State, last.ModelVersion) : default);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_build_that_ends_its_silo_again_and_again_is_given_up_until_somebody_asks_for_one(bool meetsAnotherWrite)
    {
        for (var killed = 0; killed < 3; killed++)
        {
            var gate = new CallGate(nameof(IItemShardGrain.BeginRebuildAsync));
            await using var silo = await LeptonCluster.StartAsync(
                () => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1, silo => silo.AddIncomingGrainCallFilter(gate));
            if (killed == 0)
            {
                await FillAsync(silo);
                await silo.Grains.GetGrain<ITrainingGrain>(_tenant).StartAsync();
            }

            await LeptonCluster.EventuallyAsync(
                async () => (await silo.Grains.GetGrain<ITrainingGrain>(_tenant).GetStatusAsync()).State == BuildState.Running && gate.Calls > 0, "the build goes on");
            await silo.KillSiloAsync(0);
            gate.Open();
        }

        var noted = OpenStore.Unique();
        await using var cluster = await LeptonCluster.StartAsync(
            () => servers.Connect(StoreKind.Garnet),
            StoreKind.Garnet,
            1,
            silo => silo.Services.AddSingleton<IPersistentStateFactory>(provider => new OvertakenStates(
                state => meetsAnotherWrite && state is TrainingState { GivenUp: not null } ? TouchStateAsync(provider) : Task.CompletedTask)),
            ("Lepton:Training:Automatic", "true"),
            ("Lepton:Training:CheckInterval", "00:00:00.1"));
        var training = cluster.Grains.GetGrain<ITrainingGrain>(_tenant);
        var status = await training.GetStatusAsync();
        Assert.Equal(BuildState.Failed, status.State);
        Assert.Contains("Lepton:Training:PairMegabytes", status.Error, StringComparison.Ordinal);

        // Another tenant's build is due after the same time, and comes by itself.
        await FillAsync(cluster, noted);
        await LeptonCluster.EventuallyAsync(
            async () => (await cluster.Grains.GetGrain<ITrainingGrain>(noted).GetStatusAsync()).State == BuildState.Succeeded, "the other tenant's build");
        await LeptonCluster.EventuallyAsync(
            async () => (await cluster.Grains.GetGrain<ITrainingStateGrain>(_tenant).GetStateAsync()) is { Running: 0, GivenUp: not null }, "it is remembered");
        Assert.Equal((BuildState.Failed, status.Error), (await training.GetStatusAsync()) is var still ? (still.State, still.Error) : default);
        await cluster.DeactivateAsync(training);
        Assert.Equal((BuildState.Failed, status.Error, 0), (await training.GetStatusAsync()) is var again ? (again.State, again.Error, again.ModelVersion) : default);

        await training.StartAsync();
        Assert.Equal((BuildState.Succeeded, ""), (await EndAsync(training)) is var built ? (built.State, built.Error) : default);
        await cluster.DeactivateAsync(training);
        Assert.Equal((BuildState.Succeeded, ""), (await training.GetStatusAsync()) is var kept ? (kept.State, kept.Error) : default);
    }

    [Fact]
    public async Task A_build_that_silos_take_along_when_they_leave_is_taken_up_however_often()
    {
        var gate = new CallGate(nameof(IItemShardGrain.BeginRebuildAsync));
        await using var cluster = await LeptonCluster.StartAsync(
            () => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1, silo => silo.AddIncomingGrainCallFilter(gate));
        await FillAsync(cluster);
        var training = cluster.Grains.GetGrain<ITrainingGrain>(_tenant);
        await training.StartAsync();
        for (var left = 1; left <= 4; left++)
        {
            await LeptonCluster.EventuallyAsync(
                async () => (await training.GetStatusAsync()).State == BuildState.Running && gate.Calls >= left * IItemShardGrain.Shards, "the build goes on");
            Assert.Equal(1, (await cluster.Grains.GetGrain<ITrainingStateGrain>(_tenant).GetStateAsync()).Attempts);

            // What it waits for comes when it has been told to end.
            var leaving = cluster.DeactivateAsync(training);
            gate.Open();
            await leaving;
            gate.Close();
        }

        gate.Open();
        Assert.Equal(BuildState.Succeeded, (await EndAsync(training)).State);
        Assert.Equal(0, (await cluster.Grains.GetGrain<ITrainingStateGrain>(_tenant).GetStateAsync()).Attempts);
    }

    [Fact]
    public async Task A_build_that_fails_because_of_a_write_nobody_had_an_answer_to_does_not_make_the_next_one_fail()
    {
        var cluster = await silo.ClusterAsync();
        await FillAsync(cluster);
        var training = cluster.Grains.GetGrain<ITrainingGrain>(_tenant);
        await training.StartAsync();
        var first = await EndAsync(training);
        Assert.Equal(BuildState.Succeeded, first.State);

        await TouchStateAsync(cluster.Silos[0]);

        await training.StartAsync();
        Assert.Equal((BuildState.Failed, first.ModelVersion), (await EndAsync(training)) is var failed ? (failed.State, failed.ModelVersion) : default);
        await training.StartAsync();
        var second = await EndAsync(training);
        Assert.Equal((BuildState.Succeeded, ""), (second.State, second.Error));
        Assert.True(second.ModelVersion > first.ModelVersion);
    }

    [Fact]
    public async Task A_cancel_when_the_model_is_in_use_already_is_told_that_the_build_has_succeeded()
    {
        // The replica never hears of the model.
        var gate = new CallGate(nameof(ITrainingGrain.GetStatusAsync));
        await using var cluster = await LeptonCluster.StartAsync(
            () => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1, silo => silo.AddOutgoingGrainCallFilter(gate));
        await FillAsync(cluster);
        var training = cluster.Grains.GetGrain<ITrainingGrain>(_tenant);
        await training.StartAsync();
        await LeptonCluster.EventuallyAsync(async () => (await training.GetStatusAsync()).Stage == "Publishing", "the model is in use");

        var cancelled = await training.CancelAsync();

        Assert.Equal(
            (BuildState.Succeeded, (await cluster.Grains.GetGrain<ITrainingStateGrain>(_tenant).GetStateAsync()).ModelVersion), (cancelled.State, cancelled.ModelVersion));
        gate.Open();
        await LeptonCluster.EventuallyAsync(
            () => Task.FromResult(cluster.Service<Replicas>().For(_tenant).ModelVersion == cancelled.ModelVersion), "the replica holds the model");
        await cluster.DeactivateAsync(training);
        Assert.Equal((BuildState.Succeeded, cancelled.ModelVersion), (await training.GetStatusAsync()) is var kept ? (kept.State, kept.ModelVersion) : default);
    }

    [Fact]
    public async Task A_build_sends_no_message_that_grows_with_the_catalogue()
    {
        // Less than the rows of one of these shards come to, and more than a page of them.
        const int Limit = 256 * 1024;
        await using var cluster = await LeptonCluster.StartAsync(
            () => servers.Connect(StoreKind.Garnet),
            StoreKind.Garnet,
            2,
            silo => silo.Configure<SiloMessagingOptions>(messaging => messaging.MaxMessageBodySize = Limit),
            ("Lepton:Training:Online", "false"));
        var random = new Random(3);
        var numbers = Enumerable.Range(0, 1600).ToArray();
        for (var u = 0; u < 100; u++)
        {
            random.Shuffle(numbers);
            await cluster.User(_tenant, $"user {u}").RecordAsync(new FeedbackBatch
            {
                Rows = [.. numbers.Take(320).Select((n, i) => new Feedback { FeedbackType = "like", UserId = $"user {u}", ItemId = $"i{n}", Timestamp = new DateTime(2026, 1, 1, i / 60, i % 60, u % 60, DateTimeKind.Utc) })],
            });
        }

        // What is on its way to a shard when a build begins may be counted by both.
        await LeptonCluster.EventuallyAsync(
            () => Task.FromResult(cluster.Service<Replicas>().For(_tenant).PositiveFeedback == 100 * 320), "the shards have counted everything", TimeSpan.FromMinutes(2));
        var training = cluster.Grains.GetGrain<ITrainingGrain>(_tenant);
        await training.StartAsync();
        var built = await EndAsync(training, TimeSpan.FromMinutes(3));

        Assert.Equal((BuildState.Succeeded, ""), (built.State, built.Error));
        await LeptonCluster.EventuallyAsync(
            () => Task.FromResult(Enumerable.Range(0, 2).All(s => cluster.Service<Replicas>(s).For(_tenant) is { PositiveFeedback: 100 * 320 } replica && replica.ModelVersion == built.ModelVersion)),
            "both silos hold it, and the counts",
            TimeSpan.FromMinutes(2));
        Assert.Equal(2, Enumerable.Range(0, IItemShardGrain.Shards).Select(s => cluster.SiloOf(cluster.Grains.GetGrain<IItemShardGrain>($"{_tenant}/{s}"))).Distinct().Count());
    }

    private static async Task<BuildStatus> EndAsync(ITrainingGrain training, TimeSpan? within = null)
    {
        await LeptonCluster.EventuallyAsync(async () => (await training.GetStatusAsync()).State != BuildState.Running, "the build ends", within);
        return await training.GetStatusAsync();
    }

    // Leaves the grain's record as a write without an answer does, or another activation's: another version than the grain knows.
    private async Task TouchStateAsync(IServiceProvider silo)
    {
        var database = silo.GetRequiredService<IConnectionMultiplexer>().GetDatabase();
        var cancelled = TestContext.Current.CancellationToken;
        var keys = await silo.GetRequiredService<DurableStore>().ScanAsync($"lepton:{{g:{_tenant}}}:*", cancelled).ToListAsync(cancelled);
        Assert.True(await database.HashExistsAsync(Assert.Single(keys), "etag"));
        await database.HashSetAsync(keys[0], "etag", Guid.NewGuid().ToString());
    }

    private async Task<Dictionary<string, float>> FillAsync(LeptonCluster cluster, string? into = null)
    {
        var tenant = into ?? _tenant;
        var random = new Random(7);
        var counts = new Dictionary<string, float>();
        var batches = new List<Task>();
        for (var u = 0; u < Users; u++)
        {
            var user = $"user {u}";
            var items = Enumerable.Range(0, Items).Where(i => i % 4 == u % 4 || random.Next(6) == 0).Select(i => $"i{i}").ToArray();
            foreach (var item in items)
            {
                counts[item] = counts.GetValueOrDefault(item) + 1;
            }

            batches.Add(cluster.User(tenant, user).RecordAsync(new FeedbackBatch
            {
                Rows = [.. items.Select((item, i) => new Feedback { FeedbackType = "like", UserId = user, ItemId = item, Timestamp = new DateTime(2026, 1, 1, 0, i, u, DateTimeKind.Utc) })],
            }));
        }

        await Task.WhenAll(batches);
        return counts;
    }
}
