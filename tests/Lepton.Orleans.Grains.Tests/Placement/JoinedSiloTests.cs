using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Placement;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;

namespace Lepton.Orleans.Grains.Tests.Placement;

public sealed class JoinedSiloTests(StoreServers servers)
{
    private const int Users = 60;
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task Users_lists_and_shards_move_to_a_silo_that_joins_and_keep_what_was_acknowledged_on_the_way()
    {
        await using var cluster = await LeptonCluster.StartAsync(() => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1);
        await Task.WhenAll(Enumerable.Range(0, 30).Select(i => cluster.Item(_tenant, $"i{i}").PutAsync(new Item { ItemId = $"i{i}" })));
        var users = Enumerable.Range(0, Users).Select(i => $"user {i}").ToArray();
        await Task.WhenAll(users.Select(user => cluster.RecordAsync(_tenant, user, "like", "i0")));
        await Task.WhenAll(users.Select(user => cluster.ListAsync(_tenant, user)));
        IAddressable[] grains =
        [
            .. users.Select(user => cluster.User(_tenant, user)),
            .. users.Select(user => cluster.Lists(_tenant, user)),
            .. Enumerable.Range(0, IItemShardGrain.Shards).Select(shard => cluster.Grains.GetGrain<IItemShardGrain>($"{_tenant}/{shard}")),
        ];

        Assert.All(grains, grain => Assert.NotNull(cluster.Service<Homes>().Of(grain.GetGrainId())));
        Assert.Null(cluster.Service<Homes>().Of(cluster.Grains.GetGrain<ITenantGrain>(_tenant).GetGrainId()));
        Assert.Throws<ArgumentException>(() => cluster.Service<Homes>().Choose(new RandomPlacement(), grains[0].GetGrainId().Key, [cluster.Service<ILocalSiloDetails>().SiloAddress]));

        await cluster.AddSiloAsync();
        var acknowledged = 1;
        await LeptonCluster.EventuallyAsync(
            async () =>
            {
                // Everybody is busy all the time.
                await Task.WhenAll(users.Select(user => cluster.RecordAsync(_tenant, user, "like", $"i{acknowledged % 30}")));
                await Task.WhenAll(users.Select(user => cluster.ListAsync(_tenant, user)));
                acknowledged++;
                return grains.All(grain => cluster.SiloOf(grain) is >= 0 and var silo && cluster.Service<Homes>().Of(grain.GetGrainId())!.Equals(cluster.Service<ILocalSiloDetails>(silo).SiloAddress));
            },
            "every grain is where it belongs",
            TimeSpan.FromSeconds(60));

        foreach (var group in (int[])[Users, Users, IItemShardGrain.Shards])
        {
            Assert.Equal(2, grains[..group].Select(cluster.SiloOf).Distinct().Count());
            grains = grains[group..];
        }

        foreach (var user in users)
        {
            var known = (await cluster.FeedbackOfAsync(_tenant, user)).Select(feedback => feedback.ItemId).Order(StringComparer.Ordinal);
            Assert.Equal(Enumerable.Range(0, Math.Min(30, acknowledged)).Select(i => $"i{i}").Order(StringComparer.Ordinal), known);
        }
    }
}
