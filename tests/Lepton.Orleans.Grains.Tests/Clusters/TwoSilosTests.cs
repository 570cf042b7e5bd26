using Lepton.Orleans.Grains.Replication;
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
}
