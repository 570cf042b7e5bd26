using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;
using Lepton.Orleans.Grains.Tests.Training;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Users;

public sealed class UserMergeTests(OneSilo silo)
{
    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task Feedback_of_the_one_that_goes_is_added_as_if_it_had_been_posted()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.User(_tenant, "anna").PutAsync(new User { UserId = "anna", Comment = "Anna" });
        await cluster.User(_tenant, "cookie").PutAsync(new User { UserId = "cookie", Comment = "Somebody" });
        await cluster.RecordAsync(_tenant, "anna", "play", "a", Start.AddHours(2), 1);
        await cluster.RecordAsync(_tenant, "anna", "play", "b", Start.AddHours(2), 4);
        await cluster.RecordAsync(_tenant, "cookie", "play", "a", Start.AddHours(1), 2);
        await cluster.RecordAsync(_tenant, "cookie", "play", "b", Start.AddHours(2), 4);
        await cluster.RecordAsync(_tenant, "cookie", "like", "c", Start.AddHours(3));

        Assert.Equal(2, await cluster.User(_tenant, "cookie").MergeIntoAsync("anna"));
        Assert.Equal(
            [("like", "c", 0d, Start.AddHours(3)), ("play", "a", 3d, Start.AddHours(1)), ("play", "b", 4d, Start.AddHours(2))],
            await FeedbackAsync(cluster, "anna"));
        Assert.Equal("Anna", (await cluster.User(_tenant, "anna").GetAsync())!.Comment);
        Assert.Null(await cluster.User(_tenant, "cookie").GetAsync());
        Assert.Empty(await FeedbackAsync(cluster, "cookie"));
    }

    [Fact]
    public async Task The_next_list_knows_what_was_merged_and_enumerations_no_longer_know_who_is_gone()
    {
        var cluster = await silo.ClusterAsync();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => cluster.Item(_tenant, $"i{i}").PutAsync(new Item { ItemId = $"i{i}" })));
        await cluster.RecordAsync(_tenant, "anna", "like", "i0");
        await cluster.RecordAsync(_tenant, "cookie", "like", "i1");
        await LeptonCluster.EventuallyAsync(async () => (await cluster.ListAsync(_tenant, "anna")).Length == 9, "all items but one are in the list");
        await cluster.User(_tenant, "cookie").MergeIntoAsync("anna");

        Assert.Equal(8, (await cluster.ListAsync(_tenant, "anna")).Except(["i0", "i1"]).Count());
        Assert.Equal(10, (await cluster.ListAsync(_tenant, "cookie")).Length);
        var everyone = cluster.Grains.GetGrain<ITenantGrain>(_tenant);
        Assert.Equal("anna", Assert.Single((await everyone.ListUsersAsync(10, "")).Entries).UserId);
        Assert.Equal("anna", Assert.Single((await everyone.ListItemFeedbackAsync("i1", null, 10, "")).Entries).UserId);
        Assert.Equal(1, (await everyone.GetStatisticsAsync()).Users);
        Assert.Empty(await cluster.Service<IndexStore>().RangeAsync(StoreKeys.ItemFeedbackIndex(_tenant, cluster.Service<Replicas>().For(_tenant).Catalog.NumberOf("i1")), "anna", 10));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_is_merged_into_somebody_who_is_being_erased_does_not_know_whom_afterwards(bool isCutOff)
    {
        var erasing = new CallGate(nameof(IUserMergeGrain.ForgetArrivalAsync));
        var absorbing = new CallFault(nameof(IUserMergeGrain.AbsorbAsync));
        using var server = new StoreServer(StoreKind.Garnet);
        await using var cluster = await LeptonCluster.StartAsync(
            () => server.Connect(StoreServers.Patience), StoreKind.Garnet, 1, s => s.AddIncomingGrainCallFilter(erasing).AddIncomingGrainCallFilter(absorbing));
        foreach (var user in new[] { "anna", "boris", "cookie" })
        {
            await cluster.RecordAsync(_tenant, user, "like", "a");
        }

        // The erasure of somebody who was merged before, and has come back, waits for the other.
        await cluster.User(_tenant, "boris").MergeIntoAsync("anna");
        await cluster.RecordAsync(_tenant, "boris", "like", "b");
        var erasure = cluster.User(_tenant, "boris").EraseAsync();
        await LeptonCluster.EventuallyAsync(() => Task.FromResult(erasing.Calls > 0), "the erasure is under way");
        if (isCutOff)
        {
            absorbing.FailNext(CallFault.Moment.After);
            await Assert.ThrowsAsync<StoreUnavailableException>(() => cluster.User(_tenant, "cookie").MergeIntoAsync("boris"));
        }
        else
        {
            Assert.Equal(1, await cluster.User(_tenant, "cookie").MergeIntoAsync("boris"));
        }

        erasing.Open();
        Assert.True((await erasure).Found);
        Assert.Empty((await cluster.Grains.GetGrain<IUpkeepGrain>(_tenant).VerifyErasureAsync("boris")).Remains);
        Assert.Null(await cluster.User(_tenant, "cookie").GetAsync());
        Assert.Empty(await cluster.FeedbackOfAsync(_tenant, "boris"));
    }

    [Fact]
    public async Task A_merge_whose_entry_for_backups_was_not_kept_is_entered_when_the_user_is_read_anew()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.RecordAsync(_tenant, "anna", "like", "a");
        await cluster.RecordAsync(_tenant, "cookie", "like", "b");
        await cluster.User(_tenant, "cookie").MergeIntoAsync("anna");
        var index = StoreKeys.MergedIndex(_tenant, DateTimeOffset.UtcNow.ToUnixTimeSeconds() / (24 * 60 * 60));
        Assert.True(await cluster.Service<IndexStore>().RemoveAsync(index, "anna"));

        // As where the store has kept the one and refused the other: the write has failed, and the record is opened once more.
        await cluster.Service<RecordStore>().OpenAsync(StoreKeys.UserRecord(LeptonKey.For(_tenant, "anna")));
        await Assert.ThrowsAsync<StaleActivationException>(() => cluster.User(_tenant, "anna").PutAsync(new User { UserId = "anna" }));
        Assert.NotNull(await cluster.User(_tenant, "anna").GetAsync());
        Assert.True(await cluster.Service<IndexStore>().HoldsAsync(index, "anna"));
    }

    [Fact]
    public async Task The_same_merge_again_changes_nothing_and_gets_the_same_answer()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.RecordAsync(_tenant, "anna", "play", "a", value: 1);
        for (var i = 0; i < 5; i++)
        {
            await cluster.RecordAsync(_tenant, "cookie", "play", "a", value: 1);
        }

        var cookie = cluster.User(_tenant, "cookie");
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => cookie.MergeIntoAsync("anna"))), rows => Assert.Equal(5, rows));
        await cluster.DeactivateAsync(cookie);
        await cluster.DeactivateAsync(cluster.User(_tenant, "anna"));
        Assert.Equal(5, await cookie.MergeIntoAsync("anna"));
        Assert.Equal(6, Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna")).Value);
    }

    [Fact]
    public async Task Who_comes_back_under_the_id_is_somebody_new_who_can_be_merged_again()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.RecordAsync(_tenant, "anna", "play", "a", Start, 1);
        await cluster.RecordAsync(_tenant, "cookie", "play", "a", Start.AddHours(1), 1);
        Assert.Equal(1, await cluster.User(_tenant, "cookie").MergeIntoAsync("anna"));

        Assert.Equal(1, await cluster.RecordAsync(_tenant, "cookie", "play", "a", Start.AddHours(2), 1));
        Assert.Equal(1, await cluster.RecordAsync(_tenant, "cookie", "play", "a", Start.AddHours(1), 1));
        Assert.Equal(2, (await cluster.Grains.GetGrain<ITenantGrain>(_tenant).ListUsersAsync(10, "")).Entries.Count);
        Assert.Equal(1, await cluster.User(_tenant, "cookie").MergeIntoAsync("anna"));
        Assert.Equal(3, Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna")).Value);
        Assert.Equal(1, await cluster.User(_tenant, "cookie").MergeIntoAsync("anna"));
    }

    [Fact]
    public async Task An_event_is_known_by_its_name_under_both_ids_afterwards()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.User(_tenant, "anna").PutAsync(new User { UserId = "anna" });
        var row = new Feedback { FeedbackType = "play", UserId = "cookie", ItemId = "a", Value = 1, EventId = "first" };
        Assert.Equal(1, await cluster.User(_tenant, "cookie").RecordAsync(new FeedbackBatch { Rows = [row] }));
        await cluster.User(_tenant, "cookie").MergeIntoAsync("anna");

        Assert.Equal(1, await cluster.User(_tenant, "anna").RecordAsync(new FeedbackBatch { Rows = [row with { UserId = "anna" }] }));
        Assert.Equal(1, await cluster.User(_tenant, "cookie").RecordAsync(new FeedbackBatch { Rows = [row] }));
        Assert.Equal(1, Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna")).Value);
        Assert.Null(await cluster.User(_tenant, "cookie").GetAsync());
    }

    [Fact]
    public async Task Who_does_not_exist_or_was_merged_elsewhere_is_named()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.RecordAsync(_tenant, "anna", "like", "a");
        await cluster.RecordAsync(_tenant, "bob", "like", "a");
        await cluster.RecordAsync(_tenant, "cookie", "like", "b");
        await Assert.ThrowsAsync<InvalidIdException>(() => cluster.User(_tenant, "anna").MergeIntoAsync("anna"));
        Assert.Equal(("ghost", null), await RefusalAsync(cluster, "anna", "ghost"));
        Assert.Equal(("ghost", null), await RefusalAsync(cluster, "ghost", "anna"));
        Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna"));

        await cluster.User(_tenant, "cookie").MergeIntoAsync("anna");
        Assert.Equal(("cookie", "anna"), await RefusalAsync(cluster, "bob", "cookie"));
        Assert.Equal(("cookie", "anna"), await RefusalAsync(cluster, "cookie", "bob"));
        Assert.Single(await cluster.FeedbackOfAsync(_tenant, "bob"));

        // Who was merged repeats its answer, whatever became of the other since.
        await cluster.User(_tenant, "anna").MergeIntoAsync("bob");
        Assert.Equal(1, await cluster.User(_tenant, "cookie").MergeIntoAsync("anna"));
        Assert.Equal(("anna", "bob"), await RefusalAsync(cluster, "cookie", "anna"));
    }

    [Fact]
    public async Task Two_users_that_are_merged_into_each_other_at_once_lose_nothing()
    {
        var cluster = await silo.ClusterAsync();
        for (var round = 0; round < 20; round++)
        {
            var (a, b) = ($"a{round}", $"b{round}");
            await cluster.RecordAsync(_tenant, a, "play", "a", value: 1);
            await cluster.RecordAsync(_tenant, b, "play", "a", value: 10);
            await Task.WhenAll(TryMergeAsync(cluster, a, b), TryMergeAsync(cluster, b, a));
            Assert.Equal(11, (await cluster.FeedbackOfAsync(_tenant, a)).Concat(await cluster.FeedbackOfAsync(_tenant, b)).Sum(f => f.Value));
        }
    }

    [Fact]
    public async Task Counters_of_items_count_an_event_once_whoever_it_belongs_to_and_a_build_counts_users()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.RecordAsync(_tenant, "anna", "like", "a", Start);
        await cluster.RecordAsync(_tenant, "cookie", "like", "a", Start.AddHours(1));
        await cluster.RecordAsync(_tenant, "cookie", "like", "b", Start.AddHours(2));
        var replica = cluster.Service<Replicas>().For(_tenant);
        await CountAsync(3);
        await cluster.User(_tenant, "cookie").MergeIntoAsync("anna");
        await cluster.User(_tenant, "cookie").MergeIntoAsync("anna");

        // What is counted later is counted after everything that the merges could have sent.
        await cluster.RecordAsync(_tenant, "bob", "like", "a", Start);
        await cluster.RecordAsync(_tenant, "bob", "like", "b", Start);
        await CountAsync(5);

        // Who likes something twice is one who likes it: that is known when the histories are counted.
        var training = cluster.Grains.GetGrain<ITrainingGrain>(_tenant);
        await training.StartAsync();
        await LeptonCluster.EventuallyAsync(async () => (await training.GetStatusAsync()).State == BuildState.Succeeded, "the build ends");
        await LeptonCluster.EventuallyAsync(() => Task.FromResult(replica.PositiveFeedback == 4), "the counts are those of the histories");

        async Task CountAsync(long expected)
        {
            await cluster.Service<DeltaBuffer>().FlushAsync();
            await LeptonCluster.EventuallyAsync(() => Task.FromResult(replica.PositiveFeedback >= expected), $"{expected} are counted");
            Assert.Equal(expected, replica.PositiveFeedback);
        }
    }

    [Fact]
    public async Task Erasing_the_one_that_stays_takes_what_was_merged_and_the_traces_of_where_it_went()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.User(_tenant, "anna").PutAsync(new User { UserId = "anna" });
        await cluster.RecordAsync(_tenant, "cookie", "like", "a");
        await cluster.User(_tenant, "cookie").MergeIntoAsync("anna");
        Assert.True((await cluster.Service<RecordStore>().PeekAsync(StoreKeys.UserRecord(LeptonKey.For(_tenant, "cookie")), withJournal: false)).Exists);

        Assert.Equal(1, (await cluster.User(_tenant, "anna").EraseAsync()).States);
        foreach (var user in new[] { "anna", "cookie" })
        {
            await cluster.DeactivateAsync(cluster.User(_tenant, user));
            Assert.False((await cluster.Service<RecordStore>().PeekAsync(StoreKeys.UserRecord(LeptonKey.For(_tenant, user)), withJournal: true)).Exists);
        }

        Assert.Equal(("cookie", null), await RefusalAsync(cluster, "bob", "cookie", create: true));
    }

    [Fact]
    public async Task A_merge_cut_off_by_a_store_that_stops_is_finished_by_the_next_process()
    {
        using var server = new StoreServer(StoreKind.Garnet);
        var fault = new CallFault(nameof(IUserMergeGrain.AbsorbAsync));
        await using (var cluster = await LeptonCluster.StartAsync(() => server.Connect(TimeSpan.FromSeconds(1.5)), StoreKind.Garnet, 1, s => s.AddIncomingGrainCallFilter(fault)))
        {
            await cluster.RecordAsync(_tenant, "anna", "play", "a", value: 1);
            await cluster.RecordAsync(_tenant, "cookie", "play", "a", value: 2);
            fault.Fails = (_, moment) =>
            {
                if (moment == CallFault.Moment.Before)
                {
                    server.Stop();
                }

                return Task.FromResult(false);
            };
            await Assert.ThrowsAsync<StoreUnavailableException>(() => cluster.User(_tenant, "cookie").MergeIntoAsync("anna"));
        }

        server.Start();
        await using var next = await LeptonCluster.StartAsync(() => server.Connect(StoreServers.Patience), StoreKind.Garnet, 1);
        Assert.Equal(1, await next.User(_tenant, "cookie").MergeIntoAsync("anna"));
        Assert.Equal(3, Assert.Single(await next.FeedbackOfAsync(_tenant, "anna")).Value);
        Assert.Null(await next.User(_tenant, "cookie").GetAsync());
    }

    private async Task<(string Type, string Item, double Value, DateTime Time)[]> FeedbackAsync(LeptonCluster cluster, string user) =>
        [.. (await cluster.FeedbackOfAsync(_tenant, user)).Select(f => (f.FeedbackType, f.ItemId, f.Value, f.Timestamp!.Value))];

    private async Task<(string User, string? Into)> RefusalAsync(LeptonCluster cluster, string known, string from, bool create = false)
    {
        if (create)
        {
            await cluster.User(_tenant, known).PutAsync(new User { UserId = known });
        }

        var refusal = await Assert.ThrowsAsync<UnknownUserException>(() => cluster.User(_tenant, from).MergeIntoAsync(known));
        return (refusal.UserId, refusal.MergedInto);
    }

    private async Task TryMergeAsync(LeptonCluster cluster, string known, string from)
    {
        try
        {
            await cluster.User(_tenant, from).MergeIntoAsync(known);
        }
        catch (UnknownUserException)
        {
            // The other merge was first.
        }
    }
}
