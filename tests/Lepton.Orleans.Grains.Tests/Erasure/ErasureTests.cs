using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Erasure;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Recommendations;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Items;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;
using Lepton.Orleans.Grains.Tests.Users;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Tests.Erasure;

public sealed class ErasureTests(OneSilo silo, StoreServers servers)
{
    private const int Items = 12;
    private readonly string _tenant = OpenStore.Unique();
    private readonly string _anna = OpenStore.Unique();

    [Fact]
    public async Task Nothing_in_the_store_names_an_erased_user()
    {
        var cluster = await silo.ClusterAsync();
        await FillAsync(cluster, _tenant);
        await cluster.User(_tenant, _anna).PutAsync(new User { UserId = _anna, Comment = $"calls herself {_anna}" });
        await LikeAsync(cluster, _tenant, _anna, 1, 2, 3);
        await cluster.DeactivateAsync(cluster.User(_tenant, _anna));
        await cluster.User(_tenant, _anna).RecordAsync(new FeedbackBatch
        {
            Rows = [new Feedback { FeedbackType = "like", UserId = _anna, ItemId = "i4", EventId = $"event of {_anna}", Comment = $"said {_anna}" }],
        });
        await BuildAsync(cluster, _tenant);
        var before = await VerifyAsync(cluster);
        Assert.Equal(
            ["ItemFeedbackIndex", "ItemFeedbackIndex", "ItemFeedbackIndex", "ItemFeedbackIndex", "Journal", "State", "UserIndex"],
            before.Remains.Select(r => r.Kind).Order(StringComparer.Ordinal));
        Assert.Contains(await HoldersAsync(cluster), key => key == StoreKeys.UserRecord(LeptonKey.For(_tenant, _anna)));

        var receipt = await cluster.User(_tenant, _anna).EraseAsync();
        Assert.Equal((1, 1, 4, 1, 1, 4), (receipt.States, receipt.JournalEntries, receipt.Feedback, receipt.EventNames, receipt.UserIndexEntries, receipt.ItemIndexEntries));
        Assert.True(receipt.Counters > 4);
        Assert.Equal(["Model", "Counters"], receipt.Waiting.Select(w => w.Kind));
        await cluster.Service<DeltaBuffer>().FlushAsync();
        await cluster.DeactivateAsync(cluster.User(_tenant, _anna));

        var after = await VerifyAsync(cluster);
        Assert.Empty(after.Remains);
        Assert.Equal((1, true), (after.ErasuresWaiting, after.KeysScanned > 0 && after.IndexesSearched >= Items));
        Assert.Empty(await HoldersAsync(cluster));
        Assert.False((await cluster.User(_tenant, _anna).EraseAsync()).Found);

        await BuildAsync(cluster, _tenant);
        Assert.Equal(0, (await VerifyAsync(cluster)).ErasuresWaiting);
    }

    [Fact]
    public async Task A_verification_finds_what_somebody_else_has_left()
    {
        var cluster = await silo.ClusterAsync();
        await FillAsync(cluster, _tenant);
        var database = cluster.Service<IConnectionMultiplexer>().GetDatabase();
        var record = StoreKeys.UserRecord(LeptonKey.For(_tenant, _anna));
        Assert.Empty((await VerifyAsync(cluster)).Remains);

        await database.SortedSetAddAsync(StoreKeys.ItemFeedbackIndex(_tenant, 7777), _anna, 0);
        await database.ListRightPushAsync(StoreKeys.FreshJournal(record, new Fence()), "half a journal");
        await database.StringSetAsync($"lepton:{{g:{_tenant}/{_anna}}}:later", "a grain's");
        await database.StringSetAsync($"lepton:{{zz:{_tenant}/{_anna}}}", "of a later release");
        Assert.Equal(["ItemFeedbackIndex", "Leftover", "Other", "Other"], (await VerifyAsync(cluster)).Remains.Select(r => r.Kind).Order(StringComparer.Ordinal));

        // An item of that name, and a user of another tenant, are somebody else.
        await cluster.Item(_tenant, _anna).PutAsync(new Item { ItemId = _anna });
        await cluster.RecordAsync(OpenStore.Unique(), _anna, "like", "a");
        Assert.Equal(4, (await VerifyAsync(cluster)).Remains.Count);
    }

    [Fact]
    public async Task Who_repeats_an_erasure_that_took_long_is_given_its_receipt()
    {
        const int Many = 300;
        var (clock, slow) = (new MovableClock(), new CallFault(nameof(ICachedListsGrain.ForgetAsync)));
        await using var cluster = await LeptonCluster.StartAsync(() => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1, silo =>
        {
            silo.Services.AddSingleton<TimeProvider>(clock);
            silo.AddIncomingGrainCallFilter(slow);
        });
        await cluster.User(_tenant, _anna).RecordAsync(new FeedbackBatch
        {
            Rows = [.. Enumerable.Range(0, Many).Select(i => new Feedback { FeedbackType = "like", UserId = _anna, ItemId = $"i{i}" })],
        });
        slow.Fails = (_, moment) =>
        {
            clock.Move(TimeSpan.FromSeconds(moment == CallFault.Moment.Before ? 5 : 0));
            return Task.FromResult(false);
        };
        var receipt = await cluster.User(_tenant, _anna).EraseAsync();
        slow.FailNext(CallFault.Moment.Never);
        Assert.Equal((1, Many, Many), (receipt.States, receipt.Feedback, receipt.ItemIndexEntries));
        Assert.Empty((await VerifyAsync(cluster)).Remains);

        for (var repeat = 0; repeat < 2; repeat++)
        {
            var again = await cluster.User(_tenant, _anna).EraseAsync();
            Assert.Equal(receipt with { Waiting = [] }, again with { Waiting = [] });
            Assert.Equal(receipt.Waiting, again.Waiting);
        }

        // Much later it answers for nobody.
        clock.Move(TimeSpan.FromMinutes(2));
        Assert.False((await cluster.User(_tenant, _anna).EraseAsync()).Found);

        // Somebody new is erased at once, and that is all there is to it.
        await LikeAsync(cluster, _tenant, _anna, 1);
        Assert.Equal(1, (await cluster.User(_tenant, _anna).EraseAsync()).Feedback);
        Assert.False((await cluster.User(_tenant, _anna).EraseAsync()).Found);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Erasing_who_was_merged_away_takes_the_id_out_of_whoever_has_followed(bool isFolded, bool isInUseAgain)
    {
        var cluster = await silo.ClusterAsync();
        await cluster.User(_tenant, "known").PutAsync(new User { UserId = "known" });
        await cluster.RecordAsync(_tenant, _anna, "like", "a");
        await cluster.RecordAsync(_tenant, "cookie", "like", "b");
        Assert.Equal(1, await cluster.User(_tenant, _anna).MergeIntoAsync("known"));
        Assert.Equal(1, await cluster.User(_tenant, "cookie").MergeIntoAsync("known"));
        if (isInUseAgain)
        {
            await cluster.RecordAsync(_tenant, _anna, "like", "c");
        }

        if (isFolded)
        {
            await cluster.DeactivateAsync(cluster.User(_tenant, _anna));
            await cluster.DeactivateAsync(cluster.User(_tenant, "known"));
        }

        var before = await VerifyAsync(cluster);
        Assert.Contains(new ErasureRemains("Merge", StoreKeys.UserRecord(LeptonKey.For(_tenant, "known"))), before.Remains);
        Assert.Contains(before.Remains, remains => remains.Kind == "State");

        var receipt = await cluster.User(_tenant, _anna).EraseAsync();
        Assert.Equal((true, 1, isInUseAgain ? 1 : 0), (receipt.Found, receipt.States, receipt.Feedback));
        Assert.Empty((await VerifyAsync(cluster)).Remains);
        Assert.Empty(await HoldersAsync(cluster));
        Assert.False((await cluster.User(_tenant, _anna).EraseAsync()).Found);

        // What was brought is the other's, and what else it knows it knows still, now and when it is read anew.
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(["a", "b"], (await cluster.FeedbackOfAsync(_tenant, "known")).Select(f => f.ItemId));
            Assert.Equal(1, await cluster.User(_tenant, "cookie").MergeIntoAsync("known"));
            await cluster.DeactivateAsync(cluster.User(_tenant, "known"));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Erasing_the_one_that_stays_takes_its_id_out_of_whoever_was_merged_and_is_in_use_again(bool isFolded)
    {
        var cluster = await silo.ClusterAsync();
        await cluster.User(_tenant, _anna).PutAsync(new User { UserId = _anna });
        await cluster.RecordAsync(_tenant, "cookie", "like", "a");
        Assert.Equal(1, await cluster.User(_tenant, "cookie").MergeIntoAsync(_anna));
        await cluster.RecordAsync(_tenant, "cookie", "like", "b");
        if (isFolded)
        {
            await cluster.DeactivateAsync(cluster.User(_tenant, "cookie"));
        }

        Assert.Equal(1, (await cluster.User(_tenant, _anna).EraseAsync()).Feedback);
        Assert.Empty((await VerifyAsync(cluster)).Remains);
        Assert.Empty(await HoldersAsync(cluster));
        Assert.Equal("b", Assert.Single(await cluster.FeedbackOfAsync(_tenant, "cookie")).ItemId);
        await cluster.DeactivateAsync(cluster.User(_tenant, "cookie"));
        Assert.Equal("b", Assert.Single(await cluster.FeedbackOfAsync(_tenant, "cookie")).ItemId);
    }

    [Fact]
    public async Task An_erasure_that_was_cut_off_is_finished_by_the_next()
    {
        var cluster = await silo.ClusterAsync();
        await FillAsync(cluster, _tenant);
        await LikeAsync(cluster, _tenant, _anna, 1, 2, 3);
        await cluster.Service<RecordStore>().OpenAsync(StoreKeys.UserRecord(LeptonKey.For(_tenant, _anna)));

        // Cut off before the record: it still says what there is to remove, and nothing was counted back.
        await Assert.ThrowsAsync<StaleActivationException>(() => cluster.User(_tenant, _anna).EraseAsync());
        Assert.Equal(["Journal", "UserIndex"], (await VerifyAsync(cluster)).Remains.Select(r => r.Kind).Order(StringComparer.Ordinal));
        var receipt = await cluster.User(_tenant, _anna).EraseAsync();
        Assert.Equal((1, 3, 1), (receipt.States, receipt.Feedback, receipt.UserIndexEntries));
        Assert.Empty((await VerifyAsync(cluster)).Remains);

        // Cut off after the record: the entry in the index of users is all that is left.
        await cluster.Service<IndexStore>().AddAsync(StoreKeys.UserIndex(_tenant, StoreKeys.Bucket(_anna)), _anna);
        receipt = await cluster.User(_tenant, _anna).EraseAsync();
        Assert.Equal((true, 0, 1), (receipt.Found, receipt.States, receipt.UserIndexEntries));
        Assert.Empty((await VerifyAsync(cluster)).Remains);
        Assert.False((await cluster.User(_tenant, _anna).EraseAsync()).Found);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Counters_are_as_if_the_erased_user_had_never_been(bool isBuilt)
    {
        var cluster = await silo.ClusterAsync();
        var without = OpenStore.Unique();
        foreach (var tenant in new[] { _tenant, without })
        {
            await FillAsync(cluster, tenant);
            if (tenant == _tenant)
            {
                await LikeAsync(cluster, tenant, _anna, 0, 5, 1, 6, 2, 7, 3, 8, 4, 9, 5, 10, 11);
                await cluster.RecordAsync(tenant, _anna, "dislike", "i3");
                await cluster.RecordAsync(tenant, _anna, "read", "i2");
            }

            if (isBuilt)
            {
                await BuildAsync(cluster, tenant);
                var replica = cluster.Service<Replicas>().For(tenant);
                await LeptonCluster.EventuallyAsync(() => Task.FromResult(replica.ModelVersion > 0), "the replica knows of the build");
                await LikeAsync(cluster, tenant, "zoe", 3, 1, 2);
            }
        }

        // What she did since, she did when builds no longer looked.
        await LikeAsync(cluster, _tenant, _anna, 3, 0, 3);
        await cluster.Service<DeltaBuffer>().FlushAsync();
        Assert.NotEqual(await ShardWords.OfAsync(cluster, without), await ShardWords.OfAsync(cluster, _tenant));

        Assert.True((await cluster.User(_tenant, _anna).EraseAsync()).Found);
        await cluster.Service<DeltaBuffer>().FlushAsync();
        Assert.Equal(await ShardWords.OfAsync(cluster, without), await ShardWords.OfAsync(cluster, _tenant));
    }

    [Fact]
    public async Task An_erased_user_has_the_list_of_a_stranger()
    {
        var cluster = await silo.ClusterAsync();
        await FillAsync(cluster, _tenant);
        await LeptonCluster.EventuallyAsync(async () => (await cluster.ListAsync(_tenant, _anna)).Length == Items, "all items are listed");
        await LikeAsync(cluster, _tenant, _anna, 1, 2, 3);
        Assert.Equal(Items - 3, (await cluster.ListAsync(_tenant, _anna)).Length);
        Assert.InRange((await cluster.User(_tenant, _anna).EraseAsync()).CachedLists, 1, 2);
        Assert.Equal(await cluster.ListAsync(_tenant, "stranger"), await cluster.ListAsync(_tenant, _anna));
    }

    [Fact]
    public async Task A_build_heeds_an_erasure_within_the_time_that_is_set()
    {
        await using var cluster = await LeptonCluster.StartAsync(
            () => servers.Connect(StoreKind.Garnet),
            StoreKind.Garnet,
            1,
            ("Lepton:Training:Automatic", "true"),
            ("Lepton:Training:CheckInterval", "00:00:00.1"),
            ("Lepton:Training:Growth", "1000"),
            ("Lepton:Training:AfterErasure", "00:00:00"));
        await FillAsync(cluster, _tenant);
        await LikeAsync(cluster, _tenant, _anna, 1, 2, 3);
        var first = await BuildAsync(cluster, _tenant);

        var receipt = await cluster.User(_tenant, _anna).EraseAsync();
        Assert.All(receipt.Waiting, wait => Assert.NotNull(wait.NoLaterThan));
        var training = cluster.Grains.GetGrain<ITrainingGrain>(_tenant);
        await LeptonCluster.EventuallyAsync(
            async () => await training.GetStatusAsync() is { State: BuildState.Succeeded } status && status.ModelVersion > first, "a build starts by itself");
        await LeptonCluster.EventuallyAsync(async () => await cluster.Service<PendingErasures>().CountAsync(_tenant) is (0, null), "no build is owed any more");
    }

    private Task<ErasureReport> VerifyAsync(LeptonCluster cluster) => cluster.Grains.GetGrain<IUpkeepGrain>(_tenant).VerifyErasureAsync(_anna);

    // Several users with a taste of their own; items have the same numbers in every tenant.
    private static async Task FillAsync(LeptonCluster cluster, string tenant)
    {
        await cluster.Grains.GetGrain<ICatalogGrain>(tenant).ResolveAsync([.. Enumerable.Range(0, Items).Select(i => $"i{i}")]);
        for (var user = 0; user < 5; user++)
        {
            await LikeAsync(cluster, tenant, $"user {user}", [.. Enumerable.Range(0, 6).Select(i => (user + (i * (1 + (user % 3)))) % Items).Distinct()]);
        }
    }

    private static async Task LikeAsync(LeptonCluster cluster, string tenant, string user, params int[] items)
    {
        foreach (var item in items)
        {
            await cluster.RecordAsync(tenant, user, "like", $"i{item}");
        }
    }

    private static async Task<long> BuildAsync(LeptonCluster cluster, string tenant)
    {
        var training = cluster.Grains.GetGrain<ITrainingGrain>(tenant);
        await training.StartAsync();
        await LeptonCluster.EventuallyAsync(async () => (await training.GetStatusAsync()).State != BuildState.Running, "the build ends");
        Assert.Equal(BuildState.Succeeded, (await training.GetStatusAsync()).State);
        return (await training.GetStatusAsync()).ModelVersion;
    }

    /// <summary>The keys of the store whose name or content holds the user's id.</summary>
    private async Task<List<string>> HoldersAsync(LeptonCluster cluster)
    {
        var multiplexer = cluster.Service<IConnectionMultiplexer>();
        var database = multiplexer.GetDatabase();
        var holders = new List<string>();
        await foreach (var key in multiplexer.GetServers()[0].KeysAsync(pageSize: 1000))
        {
            RedisValue[] content = await database.KeyTypeAsync(key) switch
            {
                RedisType.String => [await database.StringGetAsync(key)],
                RedisType.List => await database.ListRangeAsync(key),
                RedisType.SortedSet => await database.SortedSetRangeByRankAsync(key),
                RedisType.Set => await database.SetMembersAsync(key),
                RedisType.Hash => [.. (await database.HashGetAllAsync(key)).SelectMany(e => new[] { e.Name, e.Value })],
                _ => [],
            };
            if (content.Append((byte[])key!).Any(value => ((byte[]?)value ?? []).AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(_anna)) >= 0))
            {
                holders.Add(key.ToString());
            }
        }

        return holders;
    }
}
