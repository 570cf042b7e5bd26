using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Storage;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Tests.Users;

public sealed class UserNeighborsTests(OneSilo silo)
{
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task Of_an_item_that_very_many_share_not_always_the_first_by_their_ids_are_looked_at()
    {
        // Of 1,500 users the twin's id sorts last.
        var cluster = await silo.ClusterAsync();
        string[] users = ["anna", "zz twin"], items = ["a", "b", "c", "d", "e", "f", "g", "h"];
        await Task.WhenAll(users.SelectMany(user => items.Select(item => cluster.RecordAsync(_tenant, user, "like", item))));
        var numbers = await cluster.Service<Grains.Replication.Replicas>().For(_tenant).Catalog.ResolveAsync(items);
        var others = Enumerable.Range(0, 1500).Select(user => new SortedSetEntry($"m {user:0000}", 0)).ToArray();
        foreach (var number in numbers)
        {
            await cluster.Service<IConnectionMultiplexer>().GetDatabase().SortedSetAddAsync(StoreKeys.ItemFeedbackIndex(_tenant, number), others);
        }

        var neighbours = await cluster.User(_tenant, "anna").GetNeighborsAsync(2000, 0);

        Assert.Contains("zz twin", neighbours.Select(n => n.Id));
        Assert.DoesNotContain("anna", neighbours.Select(n => n.Id));
        Assert.Equal(neighbours.Select(n => n.Id), (await cluster.User(_tenant, "anna").GetNeighborsAsync(2000, 0)).Select(n => n.Id));
    }
}
