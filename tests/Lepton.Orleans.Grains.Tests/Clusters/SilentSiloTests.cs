using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;
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

    private sealed class Silent(List<SiloAddress> asked) : ISiloReplicasClient, ISiloReplicas
    {
        public ISiloReplicas Of(SiloAddress silo)
        {
            asked.Add(silo);
            return this;
        }

        public Task TakeDeletionsAsync(string tenant, CatalogEntry[] entries) =>
            asked.Count == 1 ? new TaskCompletionSource().Task : throw new OrleansException("There is no such service here.");
    }
}
