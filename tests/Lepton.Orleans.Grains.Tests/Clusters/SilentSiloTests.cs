using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;
using Lepton.Orleans.Grains.Tests.Training;
using Microsoft.Extensions.DependencyInjection;

namespace Lepton.Orleans.Grains.Tests.Clusters;

public sealed class SilentSiloTests(StoreServers servers)
{
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task A_deletion_does_not_wait_for_a_silo_that_hangs_or_knows_no_such_news_and_that_silo_finds_out_by_itself()
    {
        var asked = new List<SiloAddress>();
        await using var cluster = await LeptonCluster.StartAsync(
            () => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 2, silo => silo.Services.AddSingleton<ISiloReplicasClient>(new Silent(asked)));
        foreach (var item in new[] { "a", "b" })
        {
            await cluster.Item(_tenant, item).PutAsync(new Item { ItemId = item });
            await Task.WhenAll(Enumerable.Range(0, 2).Select(silo => cluster.Service<Replicas>(silo).For(_tenant).Catalog.RefreshAsync()));

            Assert.True(await cluster.Item(_tenant, item).DeleteAsync());
            await LeptonCluster.EventuallyAsync(
                () => Task.FromResult(Enumerable.Range(0, 2).All(silo => cluster.Service<Replicas>(silo).For(_tenant).Catalog.NumberOf(item) < 0)), "both silos know of the deletion");
        }

        Assert.Equal(2, asked.Count);
    }

    [Fact]
    public async Task What_is_hidden_is_in_no_list_of_either_silo_though_neither_comes_to_ask_for_changes()
    {
        var asking = new CallGate(nameof(ICatalogGrain.GetChangesAsync));
        asking.Open();
        await using var cluster = await LeptonCluster.StartAsync(
            () => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 2, silo => silo.AddIncomingGrainCallFilter(asking));
        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => cluster.Item(_tenant, $"i{i}").PutAsync(new Item { ItemId = $"i{i}" })));
        var users = Enumerable.Range(0, 8).Select(i => $"user {i}").ToArray();
        foreach (var user in users)
        {
            await LeptonCluster.EventuallyAsync(async () => (await cluster.ListAsync(_tenant, user)).Length == 5, "all items are in every list");
        }

        Assert.Equal([0, 1], users.Select(user => cluster.SiloOf(cluster.Lists(_tenant, user))).Distinct().Order());
        asking.Close();
        Assert.True(await cluster.Item(_tenant, "i3").PatchAsync(new ItemPatch { IsHidden = true }));
        Assert.All(await Task.WhenAll(users.Select(user => cluster.ListAsync(_tenant, user))), list => Assert.DoesNotContain("i3", list));
        asking.Open();
    }

    private sealed class Silent(List<SiloAddress> asked) : ISiloReplicasClient, ISiloReplicas
    {
        public ISiloReplicas Of(SiloAddress silo)
        {
            asked.Add(silo);
            return this;
        }

        public Task TakeAsync(string tenant, CatalogEntry[] entries) =>
            asked.Count == 1 ? new TaskCompletionSource().Task : throw new OrleansException("There is no such service here.");
    }
}
