using System.Collections.Concurrent;
using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Lepton.Orleans.Grains.Tests.Roles;

public sealed class RolesTests(StoreServers servers)
{
    private const int Users = 20;
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task Each_silo_hosts_the_grains_of_its_roles_and_together_they_do_everything()
    {
        await using var cluster = await StartAsync(SiloRoles.Api | SiloRoles.Users | SiloRoles.Recommendations, SiloRoles.Items | SiloRoles.Training);
        await FillAsync(cluster);
        await cluster.Grains.GetGrain<ITrainingGrain>(_tenant).GetStatusAsync();
        await cluster.Grains.GetGrain<IUpkeepGrain>(_tenant).GetRepairAsync();

        Assert.All(UserIds, user => Assert.Equal([SiloRoles.Users, SiloRoles.Recommendations], [RoleAt(cluster, cluster.User(_tenant, user), SiloRoles.Users), RoleAt(cluster, cluster.Lists(_tenant, user), SiloRoles.Recommendations)]));
        Assert.All(ItemIds, item => Assert.Equal(SiloRoles.Items, RoleAt(cluster, cluster.Item(_tenant, item), SiloRoles.Items)));
        Assert.All(Enumerable.Range(0, IItemShardGrain.Shards), shard => Assert.Equal(SiloRoles.Items, RoleAt(cluster, cluster.Grains.GetGrain<IItemShardGrain>($"{_tenant}/{shard}"), SiloRoles.Items)));
        Assert.Equal(SiloRoles.Items, RoleAt(cluster, cluster.Grains.GetGrain<ICatalogGrain>(_tenant), SiloRoles.Items));
        Assert.Equal(SiloRoles.Training, RoleAt(cluster, cluster.Grains.GetGrain<ITrainingGrain>(_tenant), SiloRoles.Training));
        Assert.Equal(SiloRoles.Training, RoleAt(cluster, cluster.Grains.GetGrain<IUpkeepGrain>(_tenant), SiloRoles.Training));
    }

    [Fact]
    public async Task Lists_are_made_far_from_their_users_where_roles_keep_them_apart_and_are_as_current()
    {
        await using var cluster = await StartAsync(SiloRoles.Users | SiloRoles.Training, SiloRoles.Items | SiloRoles.Recommendations);
        await FillAsync(cluster);
        foreach (var user in UserIds)
        {
            Assert.NotEqual(cluster.SiloOf(cluster.User(_tenant, user)), cluster.SiloOf(cluster.Lists(_tenant, user)));
            for (var i = 1; i < 6; i++)
            {
                await cluster.RecordAsync(_tenant, user, i % 2 == 0 ? "like" : "dislike", $"i{i}");
                var list = await cluster.ListAsync(_tenant, user);
                Assert.Equal(9 - i, list.Length);
                Assert.DoesNotContain($"i{i}", list);
            }
        }
    }

    [Fact]
    public async Task Feedback_is_in_the_next_list_although_the_clock_of_its_silo_is_ahead_of_the_one_that_makes_lists()
    {
        var clocks = new ConcurrentDictionary<SiloRoles, MovableClock>();
        await using var cluster = await StartAsync(
            (silo, roles) => silo.Services.AddSingleton<TimeProvider>(clocks.GetOrAdd(roles, _ => new MovableClock())),
            SiloRoles.Users | SiloRoles.Training,
            SiloRoles.Items | SiloRoles.Recommendations);
        await FillAsync(cluster);
        clocks[SiloRoles.Users | SiloRoles.Training].Move(TimeSpan.FromSeconds(20));
        foreach (var user in UserIds)
        {
            await cluster.RecordAsync(_tenant, user, user.EndsWith('1') ? "read" : "like", "i1");
            Assert.DoesNotContain("i1", await cluster.ListAsync(_tenant, user));
        }
    }

    [Fact]
    public async Task A_list_is_beside_its_user_where_the_users_silo_makes_lists_and_on_one_without_users_else()
    {
        const SiloRoles Background = SiloRoles.Items | SiloRoles.Training;
        await using var cluster = await StartAsync(SiloRoles.Users | SiloRoles.Recommendations | Background, SiloRoles.Users, SiloRoles.Recommendations);
        await FillAsync(cluster);
        var placed = UserIds.Select(user => (User: RolesAt(cluster, cluster.User(_tenant, user)), Lists: RolesAt(cluster, cluster.Lists(_tenant, user)))).ToArray();

        Assert.All(placed, place => Assert.Equal(place.User == SiloRoles.Users ? SiloRoles.Recommendations : place.User, place.Lists));
        Assert.Equal(2, placed.Select(place => place.User).Distinct().Count());
    }

    [Fact]
    public async Task A_call_for_a_role_that_no_silo_has_fails_at_once_by_its_name_and_lists_do_without_training()
    {
        await using var cluster = await StartAsync(SiloRoles.All & ~SiloRoles.Training);
        await FillAsync(cluster);

        // Who waited for an answer would get a timeout.
        var failure = await Assert.ThrowsAsync<RoleNotServedException>(() => cluster.Grains.GetGrain<ITrainingGrain>(_tenant).StartAsync());

        Assert.Equal("training", failure.Role);
        Assert.Contains("'training'", failure.Message, StringComparison.Ordinal);
        await LeptonCluster.EventuallyAsync(() => Task.FromResult(cluster.Service<Replicas>().For(_tenant).IsReady), "the replica is read");
    }

    private static IEnumerable<string> UserIds => Enumerable.Range(0, Users).Select(user => $"user {user}");

    private static IEnumerable<string> ItemIds => Enumerable.Range(0, 10).Select(item => $"i{item}");

    private Task<LeptonCluster> StartAsync(params SiloRoles[] silos) => StartAsync(static (_, _) => { }, silos);

    private Task<LeptonCluster> StartAsync(Action<ISiloBuilder, SiloRoles> replace, params SiloRoles[] silos)
    {
        var left = new ConcurrentQueue<SiloRoles>(silos);
        return LeptonCluster.StartAsync(() => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, (short)silos.Length, silo =>
        {
            var roles = left.TryDequeue(out var next) ? next : throw new InvalidOperationException("There are no more roles.");
            silo.UseRoles(roles);
            replace(silo, roles);
        });
    }

    // Silos that have just met may not know each other's roles yet.
    private async Task FillAsync(LeptonCluster cluster)
    {
        await LeptonCluster.EventuallyAsync(
            () => Task.FromResult(cluster.Silos.Select((_, silo) => cluster.Service<RoleMap>(silo).Layout()).All(layout => layout.Count == cluster.Silos.Count && layout.All(silo => silo.Roles is not null))),
            "each silo knows what the others do");
        await Task.WhenAll(ItemIds.Select(item => cluster.Item(_tenant, item).PutAsync(new Item { ItemId = item })));
        await Task.WhenAll(UserIds.Select(user => cluster.RecordAsync(_tenant, user, "like", "i0")));
        foreach (var user in UserIds)
        {
            await LeptonCluster.EventuallyAsync(async () => (await cluster.ListAsync(_tenant, user)).Length == 9, "all other items are in every list");
        }
    }

    private static SiloRoles RolesAt(LeptonCluster cluster, IAddressable grain) => cluster.Service<HostedRoles>(cluster.SiloOf(grain)).Roles;

    private static SiloRoles RoleAt(LeptonCluster cluster, IAddressable grain, SiloRoles role) => RolesAt(cluster, grain) & role;
}
