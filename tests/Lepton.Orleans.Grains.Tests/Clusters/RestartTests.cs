using System.Diagnostics;
using Lepton.Orleans.Grains.Tests.Servers;

namespace Lepton.Orleans.Grains.Tests.Clusters;

public sealed class RestartTests
{
    private const string Tenant = "default";
    private static readonly TimeSpan CallPatience = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan SiloPatience = TimeSpan.FromSeconds(1.5);

    [Theory, EachStore]
    public async Task Everything_acknowledged_survives_the_cluster_and_an_outage_of_the_store(StoreKind kind)
    {
        Assert.SkipWhen(kind == StoreKind.Redis && StoreServer.RedisPath is null, "redis-server is not on the PATH.");
        using var server = new StoreServer(kind);
        await using (var cluster = await LeptonCluster.StartAsync(() => server.Connect(StoreServers.Patience), kind, 1))
        {
            await cluster.Item(Tenant, "a").PutAsync(new Item { ItemId = "a", Comment = "Title" });
            await Task.WhenAll(Enumerable.Range(0, 50).Select(i => cluster.RecordAsync(Tenant, $"user {i}", "like", $"i{i % 7}")));
        }

        await using var next = await LeptonCluster.StartAsync(() => server.Connect(SiloPatience), kind, 1);
        await AssertWholeAsync(next);

        server.Stop();
        foreach (var call in new Func<Task>[]
        {
            () => next.RecordAsync(Tenant, "user 1", "like", "i1"),
            () => next.User(Tenant, "nobody").GetAsync(),
            () => next.Item(Tenant, "a").PatchAsync(new ItemPatch { Comment = "Other" }),
            () => next.Grains.GetGrain<ITenantGrain>(Tenant).ListUsersAsync(10, ""),
        })
        {
            var watch = Stopwatch.StartNew();
            await Assert.ThrowsAsync<StoreUnavailableException>(call);
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, CallPatience);
        }

        server.Start();
        await LeptonCluster.EventuallyAsync(
            async () =>
            {
                try
                {
                    await next.User(Tenant, "user 1").GetAsync();
                    return true;
                }
                catch (StoreUnavailableException)
                {
                    return false;
                }
            },
            "the store is used again");
        await AssertWholeAsync(next);
        Assert.Equal(1, await next.RecordAsync(Tenant, "user 1", "like", "i2"));
        Assert.Equal(2, (await next.FeedbackOfAsync(Tenant, "user 1")).Count);
        Assert.Equal("Title", (await next.Item(Tenant, "a").GetAsync())!.Comment);
    }

    private static async Task AssertWholeAsync(LeptonCluster cluster)
    {
        Assert.Equal("Title", (await cluster.Item(Tenant, "a").GetAsync())!.Comment);
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal($"i{i % 7}", Assert.Single(await cluster.FeedbackOfAsync(Tenant, $"user {i}")).ItemId);
        }
    }
}
