using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Servers;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Tests.Upkeep;

public sealed class RedisClusterTests
{
    private const string Tenant = LeptonKey.DefaultTenant;
    private const int Users = 40;

    [Fact]
    public async Task Every_server_of_a_redis_cluster_is_looked_through()
    {
        using var redis = await RedisCluster.StartAsync();
        await using var cluster = await LeptonCluster.StartAsync(redis.Connect, StoreKind.Redis, 1);
        for (var user = 0; user < Users; user++)
        {
            await cluster.RecordAsync(Tenant, $"user {user}", "like", $"i{user % 7}");
        }

        var servers = cluster.Service<IConnectionMultiplexer>().GetServers();
        Assert.Equal(2, servers.Length);
        Assert.All(servers, server => Assert.Contains(server.Keys(pattern: "lepton:{u:*"), key => StoreKeyName.Of(key).Kind == StoreKeyKind.User || StoreKeyName.Of(key).Kind == StoreKeyKind.UserJournal));

        // Each user's entry is gone, whichever server has it.
        for (var user = 0; user < Users; user++)
        {
            Assert.True(await cluster.Service<IndexStore>().RemoveAsync(StoreKeys.UserIndex(Tenant, StoreKeys.Bucket($"user {user}")), $"user {user}"));
        }

        var upkeep = cluster.Grains.GetGrain<IUpkeepGrain>(Tenant);
        await upkeep.StartRepairAsync();
        await LeptonCluster.EventuallyAsync(async () => (await upkeep.GetRepairAsync()).State != RepairState.Running, "the pass ends");
        var report = await upkeep.GetRepairAsync();
        Assert.True(report.State == RepairState.Succeeded, report.Error);
        Assert.Equal((Users, Users), (report.Users.StatesWithoutEntry, report.Users.Mended));
        Assert.Equal(Users, (await cluster.Grains.GetGrain<ITenantGrain>(Tenant).ListUsersAsync(100, "")).Entries.Count);

        for (var user = 0; user < 4; user++)
        {
            Assert.Equal(3, (await upkeep.VerifyErasureAsync($"user {user}")).Remains.Count);
            Assert.True((await cluster.User(Tenant, $"user {user}").EraseAsync()).Found);
            Assert.Empty((await upkeep.VerifyErasureAsync($"user {user}")).Remains);
        }

        // A search that cannot see every server proves nothing, and says so.
        redis.StopOne();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => upkeep.VerifyErasureAsync("user 0"));
    }
}
