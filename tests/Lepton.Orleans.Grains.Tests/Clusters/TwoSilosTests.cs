using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;

namespace Lepton.Orleans.Grains.Tests.Clusters;

public sealed class TwoSilosTests(StoreServers servers) : IAsyncLifetime
{
    private readonly string _tenant = OpenStore.Unique();
    private LeptonCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await LeptonCluster.StartAsync(() => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 2);

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_users_grains_share_a_silo_and_both_silos_hold_users()
    {
        var silos = new HashSet<int>();
        for (var i = 0; i < 40; i++)
        {
            await _cluster.RecordAsync(_tenant, $"user {i}", "like", "a");
            await _cluster.ListAsync(_tenant, $"user {i}");
            var at = _cluster.SiloOf(_cluster.User(_tenant, $"user {i}"));
            Assert.Equal(at, _cluster.SiloOf(_cluster.Lists(_tenant, $"user {i}")));
            silos.Add(at);
        }

        Assert.Equal([0, 1], silos.Order());
    }

    [Fact]
    public async Task Hidden_and_deleted_items_leave_the_lists_of_both_silos_within_a_second()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _cluster.Item(_tenant, $"i{i}").PutAsync(new Item { ItemId = $"i{i}" })));
        var users = Enumerable.Range(0, 8).Select(i => $"user {i}").ToArray();
        foreach (var user in users)
        {
            await LeptonCluster.EventuallyAsync(async () => (await _cluster.ListAsync(_tenant, user)).Length == 20, "all items are in every list");
        }

        Assert.Equal([0, 1], users.Select(u => _cluster.SiloOf(_cluster.Lists(_tenant, u))).Distinct().Order());
        await _cluster.Item(_tenant, "i7").PatchAsync(new ItemPatch { IsHidden = true });
        await LeptonCluster.EventuallyAsync(
            async () => (await Task.WhenAll(users.Select(u => _cluster.ListAsync(_tenant, u)))).All(list => !list.Contains("i7")),
            "a hidden item is in no list",
            TimeSpan.FromSeconds(1));
        Assert.True(await _cluster.Item(_tenant, "i8").DeleteAsync());
        await LeptonCluster.EventuallyAsync(
            async () => (await Task.WhenAll(users.Select(u => _cluster.ListAsync(_tenant, u)))).All(list => !list.Contains("i8")),
            "a deleted item is in no list",
            TimeSpan.FromSeconds(1));
        Assert.All(Enumerable.Range(0, 2), silo => Assert.False(_cluster.Service<Replicas>(silo).For(_tenant).Catalog.Entry(_cluster.Service<Replicas>(silo).For(_tenant).Catalog.NumberOf("i7"))!.IsListed));
    }

    [Fact]
    public async Task Once_its_deletion_is_acknowledged_an_item_is_in_no_list_of_either_silo()
    {
        var users = await UsersOfBothSilosAsync();
        for (var round = 0; round < 10; round++)
        {
            var item = $"i{round}";
            await _cluster.Item(_tenant, item).PutAsync(new Item { ItemId = item });
            await LeptonCluster.EventuallyAsync(
                async () => (await Task.WhenAll(users.Select(u => _cluster.ListAsync(_tenant, u)))).All(list => list.Contains(item)), "the item is in every list");

            Assert.True(await _cluster.Item(_tenant, item).DeleteAsync());
            Assert.All(await Task.WhenAll(users.Select(u => _cluster.ListAsync(_tenant, u))), list => Assert.DoesNotContain(item, list));
        }
    }

    [Fact]
    public async Task Feedback_that_is_acknowledged_after_a_deletion_begins_a_new_life_of_the_item_on_either_silo()
    {
        var users = await UsersOfBothSilosAsync();
        string[] items = [.. Enumerable.Range(0, 10).Select(i => $"i{i}")];
        var dead = new List<int>();
        foreach (var item in items)
        {
            await _cluster.Item(_tenant, item).PutAsync(new Item { ItemId = item });
            await Task.WhenAll(users.Select(u => _cluster.RecordAsync(_tenant, u, "view", item)));
            dead.Add(Catalog(0).NumberOf(item));

            Assert.True(await _cluster.Item(_tenant, item).DeleteAsync());
            Assert.All(await Task.WhenAll(users.Select(u => _cluster.RecordAsync(_tenant, u, "like", item))), rows => Assert.Equal(1, rows));
        }

        await Task.WhenAll(Enumerable.Range(0, 2).Select(silo => Catalog(silo).RefreshAsync()));
        foreach (var user in users)
        {
            await _cluster.DeactivateAsync(_cluster.User(_tenant, user));
            Assert.Equal(items, (await _cluster.FeedbackOfAsync(_tenant, user)).Where(f => f.FeedbackType == "like").Select(f => f.ItemId));
            Assert.DoesNotContain(await _cluster.FeedbackOfAsync(_tenant, user), f => f.FeedbackType == "view");
        }

        foreach (var number in dead)
        {
            Assert.Empty(await _cluster.Service<IndexStore>().RangeAsync(StoreKeys.ItemFeedbackIndex(_tenant, number), "", 10));
        }
    }

    // One of each silo, whose lists have been made there.
    private async Task<string[]> UsersOfBothSilosAsync()
    {
        var users = new Dictionary<int, string>();
        for (var i = 0; users.Count < 2; i++)
        {
            await _cluster.ListAsync(_tenant, $"user {i}");
            _ = users.TryAdd(_cluster.SiloOf(_cluster.Lists(_tenant, $"user {i}")), $"user {i}");
        }

        return [.. users.Values];
    }

    private CatalogReplica Catalog(int silo) => _cluster.Service<Replicas>(silo).For(_tenant).Catalog;
}
