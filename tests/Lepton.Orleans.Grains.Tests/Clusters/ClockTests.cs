using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Lepton.Orleans.Grains.Tests.Clusters;

public sealed class ClockTests(StoreServers servers)
{
    private readonly MovableClock _clock = new();
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task A_change_of_an_item_is_seen_although_the_clock_was_set_back()
    {
        await using var cluster = await LeptonCluster.StartAsync(
            () => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1, silo => silo.Services.AddSingleton<TimeProvider>(_clock));
        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => cluster.Item(_tenant, $"i{i}").PutAsync(new Item { ItemId = $"i{i}" })));
        await LeptonCluster.EventuallyAsync(async () => (await cluster.ListAsync(_tenant, "anna")).Length == 5, "all items are listed");

        // Not further: Orleans itself refuses activations where a clock goes back by more than it keeps idle ones.
        _clock.Move(-TimeSpan.FromMinutes(5));
        await cluster.DeactivateAsync(cluster.Grains.GetGrain<ICatalogGrain>(_tenant));
        await cluster.Item(_tenant, "i2").PatchAsync(new ItemPatch { IsHidden = true });
        Assert.DoesNotContain("i2", await cluster.ListAsync(_tenant, "anna"));
        Assert.True(await cluster.Item(_tenant, "i3").DeleteAsync());
        Assert.DoesNotContain("i3", await cluster.ListAsync(_tenant, "anna"));
    }
}
