using System.Runtime.InteropServices;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Learning;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace Lepton.Orleans.Grains.Tests.Learning;

public sealed class LearnerGrainTests(OneSilo silo, StoreServers servers)
{
    private const int Fans = 60;

    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task An_item_that_is_newer_than_the_build_gets_a_vector_from_its_events_and_comes_into_lists_by_it()
    {
        var cluster = await silo.ClusterAsync();
        await WalkAsync(cluster, 60);
        await BuildAsync(cluster);
        var replica = cluster.Service<Replicas>().For(_tenant);
        Assert.Equal(replica.BuiltRecurrence!.Count, replica.Model.ItemCount);

        await FollowAsync(cluster, "new");

        await LearnedAsync(cluster, "new");
        var number = replica.Catalog.NumberOf("new");
        await LeptonCluster.EventuallyAsync(() => Task.FromResult(PlaceOf(replica, "i3", number) < 3), "the model expects the new item after what it followed");
        await cluster.RecordAsync(_tenant, "somebody else", "like", "i3");
        await LeptonCluster.EventuallyAsync(
            async () => (await cluster.ListAsync(_tenant, "somebody else", count: 5)).Contains("new"), "the new item is in a list");

        // The build stays as it was, and the next one holds what was learned since and what will be.
        Assert.True(number >= replica.BuiltRecurrence.Count);
        await BuildAsync(cluster);
        Assert.True(replica.BuiltRecurrence.InputScales[number] > 0);
        await FollowAsync(cluster, "newer");
        await LearnedAsync(cluster, "newer");
    }

    [Fact]
    public async Task What_was_learned_survives_the_end_of_its_grain_exactly()
    {
        var cluster = await silo.ClusterAsync();
        await WalkAsync(cluster, 20);
        await cluster.Service<DeltaBuffer>().FlushAsync();
        await LearnedAsync(cluster, "i3");
        var learner = cluster.Grains.GetGrain<ILearnerGrain>(_tenant);
        await LeptonCluster.EventuallyAsync(async () => await EventsAsync(learner) == 20 * 10, "everything is learned");
        var before = await RowsAsync(learner);

        await cluster.DeactivateAsync(learner);

        await LeptonCluster.EventuallyAsync(async () => await EventsAsync(learner) > 0, "the learner is back");
        var after = await RowsAsync(learner);
        Assert.Equal(before.Items, after.Items);
        Assert.Equal(before.Inputs, after.Inputs);
        Assert.Equal(before.Mixing, after.Mixing);

        // The checkpoint has taken the log's place.
        Assert.NotNull(await cluster.Service<BlobStore>().ReadAsync($"learner:{_tenant}"));
        Assert.Null(await cluster.Service<BlobStore>().GetAsync($"learner:{_tenant}:0"));
    }

    [Fact]
    public async Task What_a_killed_silo_had_learned_is_learned_again_from_the_log()
    {
        RecurrentRows before;
        await using (var killed = await LeptonCluster.StartAsync(() => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1))
        {
            await WalkAsync(killed, 30);
            await BuildAsync(killed);
            await CheckpointAsync(killed);
            await FollowAsync(killed, "new");
            await LearnedAsync(killed, "new");
            var number = killed.Service<Replicas>().For(_tenant).Catalog.NumberOf("new");
            await LeptonCluster.EventuallyAsync(
                async () => await LoggedAsync(killed.Service<BlobStore>(), number) == Fans, "all events are in the log");
            before = await RowsAsync(killed.Grains.GetGrain<ILearnerGrain>(_tenant));
            await killed.KillSiloAsync(0);
        }

        await using var cluster = await LeptonCluster.StartAsync(() => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1);
        _ = await cluster.ListAsync(_tenant, "walker 1");
        await LearnedAsync(cluster, "new");
        var replica = cluster.Service<Replicas>().For(_tenant);
        Assert.True(replica.BuiltRecurrence!.Count <= replica.Catalog.NumberOf("new"));
        await LeptonCluster.EventuallyAsync(
            () => Task.FromResult(PlaceOf(replica, "i3", replica.Catalog.NumberOf("new")) < 3), "the model expects the new item as before the crash");
        var after = await RowsAsync(cluster.Grains.GetGrain<ILearnerGrain>(_tenant));
        Assert.Equal(before.Items, after.Items);
        Assert.Equal(before.Inputs, after.Inputs);
        Assert.Equal(before.Mixing, after.Mixing);
    }

    [Fact]
    public async Task Weights_follow_what_came_since_the_build_and_begin_anew_with_the_next()
    {
        var cluster = await silo.ClusterAsync();
        await WalkAsync(cluster, 60);
        await BuildAsync(cluster);
        var replica = cluster.Service<Replicas>().For(_tenant);
        var learner = cluster.Grains.GetGrain<ILearnerGrain>(_tenant);
        await LeptonCluster.EventuallyAsync(
            async () => replica.ModelVersion > 0 && (await learner.GetRowsAsync(Guid.Empty, 0, 0, 1)).Build == replica.ModelVersion, "the learner goes on from the build");
        var built = replica.Model.Weights;
        Assert.Null((await learner.GetRowsAsync(Guid.Empty, 0, 0, 1)).Weights);

        // People turn round: what the rules of the build expect least.
        var numbers = Enumerable.Range(0, 20).Select(i => replica.Catalog.NumberOf($"i{i}")).ToArray();
        int[] Event(int at) => [3, numbers[(at + 17) % 20], numbers[(at + 18) % 20], numbers[(at + 19) % 20], numbers[at % 20]];
        var at = 0;
        await LeptonCluster.EventuallyAsync(
            async () =>
            {
                var events = Enumerable.Range(at += 20, 20).SelectMany(Event).ToArray();
                await learner.ApplyAsync(new LearnerEvents { Content = MemoryMarshal.AsBytes(events.AsSpan()).ToArray(), Samples = [.. Enumerable.Range(0, 20).Select(e => 5 * e)] });
                return (await learner.GetRowsAsync(Guid.Empty, 0, 0, 1)).Weights is not null;
            },
            "the learner has found better weights");
        var found = BlendWeights.FromBytes((await learner.GetRowsAsync(Guid.Empty, 0, 0, 1)).Weights!);
        Assert.True(found.CoOccurrence / found.Transitions > built.CoOccurrence / built.Transitions);
        await LeptonCluster.EventuallyAsync(() => Task.FromResult(replica.Model.Weights == found), "lists are made with them");

        // Nearly as many again as weights are looked for from, and then a build.
        async Task ComeAsync(int batches)
        {
            for (; batches > 0; batches--)
            {
                var events = Enumerable.Range(at += 20, 20).SelectMany(Event).ToArray();
                await learner.ApplyAsync(new LearnerEvents { Content = MemoryMarshal.AsBytes(events.AsSpan()).ToArray(), Samples = [.. Enumerable.Range(0, 20).Select(e => 5 * e)] });
                await learner.SettleAsync();
            }
        }

        await ComeAsync(22);
        await BuildAsync(cluster);
        await LeptonCluster.EventuallyAsync(() => Task.FromResult(replica.Model.Weights == built), "lists are made with the weights of the next build");
        await LeptonCluster.EventuallyAsync(
            async () => (await learner.GetRowsAsync(Guid.Empty, 0, 0, 1)).Build == replica.ModelVersion, "the learner goes on from it");

        // What came before it says nothing of how its sources score.
        await ComeAsync(6);
        Assert.Null((await learner.GetRowsAsync(Guid.Empty, 0, 0, 1)).Weights);
    }

    [Fact]
    public async Task A_checkpoint_of_a_build_that_the_silo_cannot_read_is_read_once_and_given_up_after_a_minute()
    {
        var (clock, profile) = (new MovableClock(), new ProfilingSession());
        ConnectionMultiplexer Connect()
        {
            var connection = servers.Connect(StoreKind.Garnet);
            connection.RegisterProfiler(() => profile);
            return connection;
        }

        await using var cluster = await LeptonCluster.StartAsync(Connect, StoreKind.Garnet, 1, silo => silo.Services.AddSingleton<TimeProvider>(clock));
        await new LearnerStore(cluster.Service<BlobStore>(), _tenant).WriteAsync(1L << 60, new RecurrentLearner(null, default), [], 1);
        await WalkAsync(cluster, 20);
        await cluster.Service<DeltaBuffer>().FlushAsync();
        var replica = cluster.Service<Replicas>().For(_tenant);
        await LeptonCluster.EventuallyAsync(() => Task.FromResult(replica.IsReady && replica.Refreshes > 1), "the replica has what there is");
        var learner = cluster.Grains.GetGrain<ILearnerGrain>(_tenant);
        await learner.SettleAsync();
        _ = profile.FinishProfiling();

        for (var tick = 0; tick < 10; tick++)
        {
            await learner.SettleAsync();
        }

        Assert.DoesNotContain("GET", profile.FinishProfiling().Select(command => command.Command));
        Assert.Equal(-1, (await learner.GetRowsAsync(Guid.Empty, 0, 0, 1)).Build);

        clock.Move(TimeSpan.FromMinutes(1));
        await learner.SettleAsync();
        var rows = await learner.GetRowsAsync(Guid.Empty, 0, 0, 1);
        Assert.Equal((0, 20 * 10), (rows.Build, rows.Events));
    }

    [Fact]
    public async Task Two_activations_that_write_to_one_log_write_over_nothing()
    {
        var blobs = (await silo.ClusterAsync()).Service<BlobStore>();
        var (one, other) = (new LearnerStore(blobs, _tenant), new LearnerStore(blobs, _tenant));
        _ = await one.ReadAsync();
        _ = await other.ReadAsync();

        await one.AppendAsync([(1, [0, 5])]);
        await other.AppendAsync([(2, [0, 6])]);
        await other.AppendAsync([(3, [0, 7])]);
        await one.AppendAsync([(4, [0, 8])]);

        Assert.Equal([1, 2, 3, 4], (await new LearnerStore(blobs, _tenant).ReadAsync()).Log.Select(run => run.TimeMs));
    }

    [Fact]
    public async Task Some_events_come_to_the_learner_with_more_of_their_history()
    {
        var seen = new SampleFilter();
        await using var cluster = await LeptonCluster.StartAsync(
            () => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1, silo => silo.AddIncomingGrainCallFilter(seen));
        string[] history = [.. Enumerable.Range(0, 25).Select(i => $"i{i}")];
        await LikeAsync(cluster, "long", history);
        await cluster.Service<DeltaBuffer>().FlushAsync();
        await LikeAsync(cluster, "long", [.. history, "newest"]);
        await cluster.Service<DeltaBuffer>().FlushAsync();

        await LeptonCluster.EventuallyAsync(() => Task.FromResult(seen.Longest == 25), "the event came with all that was before it");
        Assert.InRange(seen.MostAtOnce, 1, 2);
    }

    [Fact]
    public async Task Of_the_log_of_an_older_build_only_what_came_after_the_newest_began_is_learned_again()
    {
        var cluster = await silo.ClusterAsync();
        await WalkAsync(cluster, 60);
        await BuildAsync(cluster);
        var learner = cluster.Grains.GetGrain<ILearnerGrain>(_tenant);
        var blobs = cluster.Service<BlobStore>();
        await CheckpointAsync(cluster);

        // As if the silo had been killed before that checkpoint.
        var build = (await new LearnerStore(blobs, _tenant).ReadAsync()).Build;
        await cluster.DeactivateAsync(learner);
        await LeptonCluster.EventuallyAsync(async () => await blobs.ReadAsync($"learner:{_tenant}") is not null, "the grain has written what it had");
        await blobs.RemoveAsync($"learner:{_tenant}");
        await new LearnerStore(blobs, _tenant).AppendAsync([(build - 1, [0, 5, 1, 6, 5]), (build, [1, 7, 6])]);

        await LeptonCluster.EventuallyAsync(async () => await EventsAsync(learner) == 1, "only what came since is learned");
    }

    [Fact]
    public async Task Switched_off_nothing_is_sent_learned_or_taken_over()
    {
        await using var cluster = await LeptonCluster.StartAsync(
            () => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1, ("Lepton:Training:Online", "false"));
        await WalkAsync(cluster, 30);
        await BuildAsync(cluster);
        var replica = cluster.Service<Replicas>().For(_tenant);
        await FollowAsync(cluster, "new");
        await LeptonCluster.EventuallyAsync(
            () => Task.FromResult(replica.Catalog.NumberOf("new") is >= 0 and var n && n < replica.Model.Counts.Length && replica.Model.Counts[n] > 0), "the new item is counted");

        Assert.Same(replica.BuiltRecurrence, replica.Model.Recurrence);
        Assert.Equal(-1, cluster.SiloOf(cluster.Grains.GetGrain<ILearnerGrain>(_tenant)));
    }

    [Fact]
    public async Task A_checkpoint_takes_the_place_of_the_log_and_is_refused_where_another_activation_has_written_one()
    {
        var blobs = (await silo.ClusterAsync()).Service<BlobStore>();
        var (one, other) = (new LearnerStore(blobs, _tenant), new LearnerStore(blobs, _tenant));
        var learner = new RecurrentLearner(null, default);
        const long Now = 1_795_720_404_549;
        Assert.Equal(2, learner.Learn([0, 5, 1, 6, 5]));
        Assert.Equal(-1, (await one.ReadAsync()).Build);
        _ = await other.ReadAsync();
        await one.AppendAsync([(Now, [0, 5]), (Now + 1, [0, 6])]);
        await one.AppendAsync([(Now + 2, [1, 6, 5])]);

        // As release 0.1.0 wrote it.
        await blobs.PutAsync($"learner:{_tenant}:2", MemoryMarshal.AsBytes<int>([0, 7]).ToArray());

        var log = (await new LearnerStore(blobs, _tenant).ReadAsync()).Log;
        Assert.Equal(
            [$"{Now}: 0 5", $"{Now + 1}: 0 6", $"{Now + 2}: 1 6 5", "0: 0 7"], log.Select(run => $"{run.TimeMs}: {string.Join(' ', run.Events)}"));
        await blobs.RemoveAsync($"learner:{_tenant}:2");
        await one.WriteAsync(17, learner, [], 1);

        var (build, content, left) = await new LearnerStore(blobs, _tenant).ReadAsync();
        Assert.Equal(17, build);
        Assert.Empty(left);
        using var stream = new MemoryStream(content.ToArray());
        Assert.Equal(2, RecurrentLearner.Read(stream, null, default).Events);
        await Assert.ThrowsAsync<StaleActivationException>(() => other.WriteAsync(17, learner, [], 2));
        await one.AppendAsync([(Now + 3, [0, 7]), (Now + 4, [0, 8])]);
        await one.WriteAsync(18, learner, [(Now + 4, [0, 8])], 1);
        var last = await new LearnerStore(blobs, _tenant).ReadAsync();
        Assert.Equal((18, $"{Now + 4}: 0 8"), (last.Build, string.Join(", ", last.Log.Select(run => $"{run.TimeMs}: {string.Join(' ', run.Events)}"))));
    }

    [Fact]
    public async Task A_learner_that_never_gets_to_the_end_of_what_waits_writes_checkpoints_all_the_same()
    {
        var cluster = await silo.ClusterAsync();
        await WalkAsync(cluster, 60);
        await BuildAsync(cluster);
        await CheckpointAsync(cluster);
        var (learner, blobs) = (cluster.Grains.GetGrain<ILearnerGrain>(_tenant), cluster.Service<BlobStore>());
        var before = (await blobs.ReadAsync($"learner:{_tenant}"))!.Value.Version;

        // After a build a checkpoint is due at once, and a dozen ticks' work has come since it began.
        var events = Enumerable.Repeat<int[]>([1, 7, 6], 1000).SelectMany(run => run).ToArray();
        await cluster.Grains.GetGrain<ITrainingGrain>(_tenant).StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => learner.ApplyAsync(new LearnerEvents { Content = MemoryMarshal.AsBytes(events.AsSpan()).ToArray() })));

        await LeptonCluster.EventuallyAsync(async () => (await blobs.ReadAsync($"learner:{_tenant}"))!.Value.Version > before, "a checkpoint is written", TimeSpan.FromMinutes(2));
        Assert.NotEmpty((await new LearnerStore(blobs, _tenant).ReadAsync()).Log);
    }

    [Fact]
    public void Of_runs_the_oldest_go_where_there_are_too_many()
    {
        var runs = new EventRuns(10);

        Assert.Equal(0, runs.Add(1, [1, 7, 6, 0, 7]));
        Assert.Equal(0, runs.Add(2, [0, 8]));
        Assert.Equal(2, runs.Add(3, [2, 9, 8, 7]));

        Assert.Equal(6, runs.Length);
        Assert.Equal(3, Assert.Single(runs.Since(3)).TimeMs);
        Assert.Equal("0 8 2 9 8 7", string.Join(' ', runs.Drain()));
        Assert.False(runs.TryTake(out _, out _));

        _ = runs.Add(4, [0, 9]);
        Assert.True(runs.TryTake(out var timeMs, out var events));
        Assert.Equal(4, timeMs);
        Assert.Equal([0, 9], events);
    }

    /// <summary>Looks at what the learner is sent.</summary>
    private sealed class SampleFilter : IIncomingGrainCallFilter
    {
        private int _longest;
        private int _most;

        /// <summary>The longest history that a sample has come with.</summary>
        public int Longest => Volatile.Read(ref _longest);

        /// <summary>The most samples in one message.</summary>
        public int MostAtOnce => Volatile.Read(ref _most);

        public async Task Invoke(IIncomingGrainCallContext context)
        {
            if (context.MethodName == nameof(ILearnerGrain.ApplyAsync) && context.Request.GetArgument(0) is LearnerEvents { Samples: { } samples } events)
            {
                Volatile.Write(ref _longest, Math.Max(Longest, samples.Max(sample => events.Events[sample])));
                Volatile.Write(ref _most, Math.Max(MostAtOnce, samples.Length));
            }

            await context.Invoke();
        }
    }

    // How many items the model expects more than this one after another.
    private static int PlaceOf(Replica replica, string after, int item)
    {
        var factors = replica.Model.Recurrence!;
        var states = new float[factors.Decays.Length * factors.Dimensions];
        var user = new float[factors.Dimensions];
        if (!factors.FoldIn([replica.Catalog.NumberOf(after)], states, user) || item >= factors.Count)
        {
            return int.MaxValue;
        }

        double Logit(int b) => factors.Biases[b] + (factors.OutputScales[b] * Enumerable.Range(0, factors.Dimensions).Sum(d => user[d] * factors.Outputs[(b * factors.Dimensions) + d]));
        return Enumerable.Range(0, factors.Count).Count(other => Logit(other) > Logit(item));
    }

    private static async Task<long> EventsAsync(ILearnerGrain learner) => (await learner.GetRowsAsync(Guid.Empty, 0, 0, 1)).Events;

    private static async Task<RecurrentRows> RowsAsync(ILearnerGrain learner) =>
        RecurrentRows.FromBytes((await learner.GetRowsAsync(Guid.Empty, 0, 0, 10_000)).Rows);

    private Task LearnedAsync(LeptonCluster cluster, string item)
    {
        var replica = cluster.Service<Replicas>().For(_tenant);
        return LeptonCluster.EventuallyAsync(
            () => Task.FromResult(replica.Catalog.NumberOf(item) is >= 0 and var number
                && replica.Model.Recurrence is { } factors && number < factors.Count && factors.InputScales[number] > 0),
            $"the replica holds a vector of {item}");
    }

    // How many events of an item the log holds; nobody has found anything after it.
    private async Task<int> LoggedAsync(BlobStore blobs, int item)
    {
        var found = 0;
        foreach (var (_, run) in (await new LearnerStore(blobs, _tenant).ReadAsync()).Log)
        {
            ReadOnlySpan<int> events = run;
            while (EventContexts.TryTake(ref events, out var next, out _))
            {
                found += next == item ? 1 : 0;
            }
        }

        return found;
    }

    private Task CheckpointAsync(LeptonCluster cluster) => LeptonCluster.EventuallyAsync(
        async () => await new LearnerStore(cluster.Service<BlobStore>(), _tenant).ReadAsync() is ( > 0, _, []), "a checkpoint takes the log's place soon after a build");

    private async Task BuildAsync(LeptonCluster cluster)
    {
        var training = cluster.Grains.GetGrain<ITrainingGrain>(_tenant);
        await training.StartAsync();
        await LeptonCluster.EventuallyAsync(async () => (await training.GetStatusAsync()).State == BuildState.Succeeded, "the build ends");
    }

    // Everybody goes along a ring of 20 items, ten steps from a place of their own.
    private Task<int[]> WalkAsync(LeptonCluster cluster, int walkers) =>
        Task.WhenAll(Enumerable.Range(0, walkers).Select(w => LikeAsync(cluster, $"walker {w}", [.. Enumerable.Range(w, 10).Select(i => $"i{i % 20}")])));

    // Many people find an item right after the third.
    private Task<int[]> FollowAsync(LeptonCluster cluster, string item) =>
        Task.WhenAll(Enumerable.Range(0, Fans).Select(u => LikeAsync(cluster, $"{item} fan {u}", ["i2", "i3", item])));

    private Task<int> LikeAsync(LeptonCluster cluster, string user, string[] items) => cluster.User(_tenant, user).RecordAsync(new FeedbackBatch
    {
        Rows = [.. items.Select((item, i) => new Feedback { FeedbackType = "like", UserId = user, ItemId = item, Timestamp = new DateTime(2026, 1, 1, 0, i, 0, DateTimeKind.Utc) })],
    });
}
