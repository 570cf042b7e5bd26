using System.Collections.Concurrent;
using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;
using Lepton.Orleans.Grains.Upkeep;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace Lepton.Orleans.Grains.Tests.Upkeep;

public sealed class RepairTests(StoreServers servers)
{
    private readonly string _tenant = OpenStore.Unique();

    [Theory, EachStore]
    public async Task Damage_of_every_kind_is_found_mended_and_reported(StoreKind kind)
    {
        await using var cluster = await StartAsync(kind);
        var catalog = cluster.Grains.GetGrain<ICatalogGrain>(_tenant);
        var indexes = cluster.Service<IndexStore>();
        var numbers = await catalog.ResolveAsync(["a", "b", "c", "gone", "half gone"]);
        foreach (var user in new[] { "anna", "bob", "carl" })
        {
            await cluster.RecordAsync(_tenant, user, "like", "a");
            await cluster.RecordAsync(_tenant, user, "like", "gone");
            await cluster.RecordAsync(_tenant, user, "like", "half gone");
        }

        await cluster.DeactivateAsync(cluster.User(_tenant, "bob"));
        Assert.True(await cluster.Item(_tenant, "gone").DeleteAsync());
        var sound = await RepairAsync(cluster);
        Assert.Equal((0, 0, 0, 0), (Found(sound.Users), Found(sound.Items), Found(sound.ItemFeedback), sound.DeletionsFinished));
        Assert.True(sound.Users.Scanned >= 3 && sound.Items.Scanned >= 4 && sound.ItemFeedback.Scanned >= 6);

        // Entries without a state.
        await indexes.AddAsync(UserIndex("ghost"), "ghost");
        await indexes.AddAsync(StoreKeys.ItemFeedbackIndex(_tenant, numbers[0]), "ghost");
        await indexes.AddAsync(StoreKeys.ItemFeedbackIndex(_tenant, numbers[1]), "bob");
        await indexes.AddAsync(StoreKeys.ItemFeedbackIndex(_tenant, numbers[3]), "anna");
        await indexes.AddAsync(ItemIndex("never"), "never");
        await indexes.AddAsync(UserIndex("no/id"), "no/id");

        // States without an entry, of a user who rests and one who does not.
        await indexes.RemoveAsync(UserIndex("bob"), "bob");
        await indexes.RemoveAsync(StoreKeys.ItemFeedbackIndex(_tenant, numbers[0]), "bob");
        await indexes.RemoveAsync(StoreKeys.ItemFeedbackIndex(_tenant, numbers[0]), "carl");
        await indexes.RemoveAsync(ItemIndex("c"), "c");

        // A deletion that came no further than its first step, and a key that a loss of power has left.
        await catalog.DeleteAsync(numbers[4]);
        await cluster.Service<Replicas>().For(_tenant).Catalog.RefreshAsync();
        var leftover = StoreKeys.FreshJournal(StoreKeys.UserRecord(LeptonKey.For(_tenant, "bob")), new Fence());
        await cluster.Service<IConnectionMultiplexer>().GetDatabase().ListRightPushAsync(leftover, "token");

        var report = await RepairAsync(cluster);
        Assert.Equal((2, 1, 3), (report.Users.EntriesWithoutState, report.Users.StatesWithoutEntry, report.Users.Mended));
        Assert.Equal((1, 1, 2), (report.Items.EntriesWithoutState, report.Items.StatesWithoutEntry, report.Items.Mended));

        // One of them, and the three of the item that was deleted by half, were not of living items.
        Assert.Equal((6, 2, 8), (report.ItemFeedback.EntriesWithoutState, report.ItemFeedback.StatesWithoutEntry, report.ItemFeedback.Mended));
        Assert.Equal((1, 1), (report.DeletionsFinished, report.KeysRemoved));
        Assert.False(await cluster.Service<IConnectionMultiplexer>().GetDatabase().KeyExistsAsync(leftover));

        Assert.Equal(["anna", "bob", "carl"], (await cluster.Grains.GetGrain<ITenantGrain>(_tenant).ListUsersAsync(10, "")).Entries.Select(u => u.UserId).Order());
        Assert.Equal(["a", "b", "c"], (await cluster.Grains.GetGrain<ITenantGrain>(_tenant).ListItemsAsync(10, "")).Entries.Select(i => i.ItemId).Order());
        Assert.Equal(["anna", "bob", "carl"], await UsersOfAsync(cluster, numbers[0]));
        Assert.Empty(await UsersOfAsync(cluster, numbers[1]));
        Assert.Empty(await UsersOfAsync(cluster, numbers[3]));
        Assert.Empty(await UsersOfAsync(cluster, numbers[4]));
        Assert.Empty(await catalog.GetUnfinishedDeletionsAsync("half gone"));
        var second = await RepairAsync(cluster);
        Assert.Equal((0, 0, 0, 0, 0), (Found(second.Users), Found(second.Items), Found(second.ItemFeedback), second.DeletionsFinished, second.KeysRemoved));
    }

    [Fact]
    public async Task Who_asks_together_whether_a_user_is_gone_shares_scans()
    {
        using var server = new StoreServer(StoreKind.Garnet);
        await using var cluster = await LeptonCluster.StartAsync(() => server.Connect(StoreServers.Patience), StoreKind.Garnet, 1);
        await cluster.RecordAsync(_tenant, "anna", "like", "a");
        var upkeep = cluster.Grains.GetGrain<IUpkeepGrain>(_tenant);
        var commands = new ProfilingSession();
        cluster.Service<IConnectionMultiplexer>().RegisterProfiler(() => commands);
        _ = await upkeep.VerifyErasureAsync("anna");
        var once = Scans();
        Assert.True(once > 0);

        var reports = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => upkeep.VerifyErasureAsync("anna")));

        Assert.All(reports, report => Assert.Contains("Journal", report.Remains.Select(r => r.Kind)));

        // Two, where all have asked before the first has ended.
        Assert.InRange(Scans(), once, 5 * once);
        Assert.Empty((await upkeep.VerifyErasureAsync("boris")).Remains);

        int Scans() => commands.FinishProfiling().Count(command => command.Command == "SCAN");
    }

    [Fact]
    public async Task A_user_that_is_opened_again_is_not_entered_under_items_that_are_gone()
    {
        await using var cluster = await StartAsync(StoreKind.Garnet);
        var numbers = await cluster.Grains.GetGrain<ICatalogGrain>(_tenant).ResolveAsync(["a", "gone"]);
        await cluster.RecordAsync(_tenant, "anna", "like", "a");
        await cluster.RecordAsync(_tenant, "anna", "like", "gone");
        Assert.True(await cluster.Item(_tenant, "gone").DeleteAsync());
        Assert.Empty(await UsersOfAsync(cluster, numbers[1]));

        // What she did is in the journal still, which the next of her calls reads anew.
        await cluster.Service<RecordStore>().OpenAsync(StoreKeys.UserRecord(LeptonKey.For(_tenant, "anna")));
        await Assert.ThrowsAsync<StaleActivationException>(() => cluster.User(_tenant, "anna").PutAsync(new User { UserId = "anna" }));
        Assert.NotNull(await cluster.User(_tenant, "anna").GetAsync());
        Assert.Equal(["anna"], await UsersOfAsync(cluster, numbers[0]));
        Assert.Empty(await UsersOfAsync(cluster, numbers[1]));
        Assert.Equal(0, Found((await RepairAsync(cluster)).ItemFeedback));
    }

    [Theory, EachStore]
    public async Task While_writes_go_on_only_damage_is_mended(StoreKind kind)
    {
        await using var cluster = await StartAsync(kind);
        var indexes = cluster.Service<IndexStore>();
        var numbers = await cluster.Grains.GetGrain<ICatalogGrain>(_tenant).ResolveAsync([.. Enumerable.Range(0, 20).Select(i => $"i{i}")]);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(u => cluster.RecordAsync(_tenant, $"still {u}", "like", $"i{u % 20}")));
        var (kept, erased) = (new ConcurrentDictionary<string, string>(), new ConcurrentDictionary<string, bool>());
        using var enough = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(() => WriteAsync(cluster, writer, kept, erased, enough.Token))).ToArray();

        var (planted, mended) = (0L, 0L);
        for (var round = 0; round < 6; round++)
        {
            await indexes.AddAsync(UserIndex($"ghost {round}"), $"ghost {round}");
            await indexes.RemoveAsync(UserIndex($"still {round}"), $"still {round}");
            await indexes.AddAsync(StoreKeys.ItemFeedbackIndex(_tenant, numbers[round]), $"ghost {round}");
            await indexes.RemoveAsync(StoreKeys.ItemFeedbackIndex(_tenant, numbers[(round + 20) % 20]), $"still {round + 20}");
            await indexes.AddAsync(ItemIndex($"never {round}"), $"never {round}");
            await indexes.RemoveAsync(ItemIndex($"i{round}"), $"i{round}");
            planted += 6;
            var report = await RepairAsync(cluster);
            mended += Found(report.Users) + Found(report.Items) + Found(report.ItemFeedback);
        }

        await enough.CancelAsync();
        await Task.WhenAll(writers);
        Assert.NotEmpty(kept);
        Assert.NotEmpty(erased);
        var last = await RepairAsync(cluster);
        mended += Found(last.Users) + Found(last.Items) + Found(last.ItemFeedback);

        // Exactly what was planted: nothing that was being written meanwhile was taken for damage.
        Assert.Equal(planted, mended);
        var users = await UsersAsync(cluster);
        Assert.Empty(kept.Keys.Except(users));
        Assert.Empty(users.Intersect(erased.Keys));
        Assert.Equal(Enumerable.Range(0, 40).Select(u => $"still {u}").Order(), users.Where(u => u.StartsWith("still", StringComparison.Ordinal)).Order());
        foreach (var group in kept.GroupBy(k => k.Value, k => k.Key))
        {
            var number = Assert.Single(await cluster.Grains.GetGrain<ICatalogGrain>(_tenant).ResolveAsync([group.Key]));
            Assert.Empty(group.Except(await UsersOfAsync(cluster, number)));
        }

        var sound = await RepairAsync(cluster);
        Assert.Equal((0, 0, 0), (Found(sound.Users), Found(sound.Items), Found(sound.ItemFeedback)));
    }

    [Fact]
    public async Task Passes_run_by_themselves_one_silo_at_a_time()
    {
        await using var cluster = await LeptonCluster.StartAsync(
            () => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 2, ("Lepton:Repair:Automatic", "true"), ("Lepton:Repair:Interval", "00:00:01"));
        await cluster.RecordAsync(_tenant, "anna", "like", "a");
        await cluster.Service<IndexStore>().RemoveAsync(UserIndex("anna"), "anna");
        await LeptonCluster.EventuallyAsync(async () => (await UsersAsync(cluster)).Count == 1, "the entry is back");

        // Somebody else has the turn: no pass gets anywhere until it is over.
        var turn = await cluster.Service<Grains.Turns.StoreTurns>().TakeAsync($"repair:{_tenant}", TestContext.Current.CancellationToken);
        await cluster.Service<IndexStore>().RemoveAsync(UserIndex("anna"), "anna");
        var upkeep = cluster.Grains.GetGrain<IUpkeepGrain>(_tenant);
        Assert.Equal((RepairState.Running, ""), (await upkeep.StartRepairAsync()) is var status ? (status.State, status.Stage) : default);
        await Assert.ThrowsAsync<TimeoutException>(() => EndAsync(upkeep).WaitAsync(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken));
        Assert.Empty(await UsersAsync(cluster));
        await turn.DisposeAsync();
        await LeptonCluster.EventuallyAsync(async () => (await UsersAsync(cluster)).Count == 1, "the entry is back");
    }

    [Fact]
    public async Task A_pass_that_is_asked_for_begins_anew_where_a_slow_one_runs()
    {
        await using var cluster = await StartAsync(StoreKind.Garnet);
        await cluster.RecordAsync(_tenant, "anna", "like", "a");
        var turn = await cluster.Service<Grains.Turns.StoreTurns>().TakeAsync($"repair:{_tenant}", TestContext.Current.CancellationToken);
        var (upkeep, schedule) = (cluster.Grains.GetGrain<IUpkeepGrain>(_tenant), cluster.Grains.GetGrain<IRepairScheduleGrain>(_tenant));
        await schedule.StartWhenDueAsync();
        var slow = await upkeep.GetRepairAsync();
        Assert.Equal(RepairState.Running, slow.State);

        var asked = await upkeep.StartRepairAsync();
        Assert.Equal((RepairState.Running, true), (asked.State, asked.Started > slow.Started));
        Assert.Equal(asked.Started, (await upkeep.StartRepairAsync()).Started);
        await turn.DisposeAsync();
        await EndAsync(upkeep);
        var ended = await upkeep.GetRepairAsync();
        Assert.Equal((RepairState.Succeeded, asked.Started), (ended.State, ended.Started));

        // It was a moment ago.
        await schedule.StartWhenDueAsync();
        Assert.Equal(ended.Started, (await upkeep.GetRepairAsync()).Started);
        Assert.Equal(RepairState.Succeeded, (await upkeep.GetRepairAsync()).State);
    }

    private static async Task EndAsync(IUpkeepGrain upkeep) =>
        await LeptonCluster.EventuallyAsync(async () => (await upkeep.GetRepairAsync()).State != RepairState.Running, "the pass ends", TimeSpan.FromMinutes(2));

    private Task<LeptonCluster> StartAsync(StoreKind kind) => LeptonCluster.StartAsync(() => servers.Connect(kind), kind, 1);

    private async Task<RepairStatus> RepairAsync(LeptonCluster cluster)
    {
        var upkeep = cluster.Grains.GetGrain<IUpkeepGrain>(_tenant);
        await upkeep.StartRepairAsync();
        await EndAsync(upkeep);
        var status = await upkeep.GetRepairAsync();
        Assert.True(status.State == RepairState.Succeeded, status.Error);
        return status;
    }

    // Users come, change their minds, and some go; items come and go. What was acknowledged is noted.
    private async Task WriteAsync(
        LeptonCluster cluster, int writer, ConcurrentDictionary<string, string> kept, ConcurrentDictionary<string, bool> erased, CancellationToken cancellationToken)
    {
        for (var i = 0; !cancellationToken.IsCancellationRequested; i++)
        {
            var (user, item) = ($"new {writer} {i}", $"i{6 + (i % 14)}");
            await cluster.RecordAsync(_tenant, user, "like", item);
            await cluster.RecordAsync(_tenant, user, "like", $"brief {writer} {i}");
            switch (i % 4)
            {
                case 0:
                    await cluster.User(_tenant, user).DeleteFeedbackAsync($"brief {writer} {i}", null);
                    break;
                case 1:
                    await cluster.Item(_tenant, $"brief {writer} {i}").DeleteAsync();
                    break;
                case 2:
                    await cluster.User(_tenant, user).EraseAsync();
                    erased[user] = true;
                    continue;
                default:
                    await cluster.DeactivateAsync(cluster.User(_tenant, user));
                    break;
            }

            kept[user] = item;
        }
    }

    private async Task<List<string>> UsersAsync(LeptonCluster cluster)
    {
        var users = new List<string>();
        var cursor = "";
        do
        {
            var page = await cluster.Grains.GetGrain<ITenantGrain>(_tenant).ListUsersAsync(1000, cursor);
            users.AddRange(page.Entries.Select(u => u.UserId));
            cursor = page.Cursor;
        }
        while (cursor.Length > 0);
        return users;
    }

    private static long Found(RepairCounts counts)
    {
        Assert.Equal(counts.EntriesWithoutState + counts.StatesWithoutEntry, counts.Mended);
        return counts.Mended;
    }

    private RedisKey UserIndex(string id) => StoreKeys.UserIndex(_tenant, StoreKeys.Bucket(id));

    private RedisKey ItemIndex(string id) => StoreKeys.ItemIndex(_tenant, StoreKeys.Bucket(id));

    private Task<string[]> UsersOfAsync(LeptonCluster cluster, int number) =>
        cluster.Service<IndexStore>().RangeAsync(StoreKeys.ItemFeedbackIndex(_tenant, number), "", 100_000);
}
