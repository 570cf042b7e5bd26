using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Storage;

namespace Lepton.Orleans.Grains.Tests.Items;

public sealed class ItemGrainTests(OneSilo silo)
{
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task Numbers_stay_over_activations_of_the_catalogue_and_no_two_items_share_one()
    {
        var cluster = await silo.ClusterAsync();
        var catalog = cluster.Grains.GetGrain<ICatalogGrain>(_tenant);
        var ids = Enumerable.Range(0, 300).Select(i => $"i{i}").ToArray();
        var numbers = (await Task.WhenAll(ids.Chunk(50).Select(chunk => catalog.ResolveAsync(chunk)))).SelectMany(n => n).ToArray();
        Assert.Equal(Enumerable.Range(0, 300), numbers.Order());
        await cluster.DeactivateAsync(catalog);
        Assert.Equal(numbers, await catalog.ResolveAsync(ids));
        var mixed = await catalog.ResolveAsync(["new", ids[Array.IndexOf(numbers, 0)], "new"]);
        Assert.Equal([300, 0, 300], mixed);
    }

    [Fact]
    public async Task An_item_reads_back_as_it_was_put_and_patched()
    {
        var cluster = await silo.ClusterAsync();
        var item = cluster.Item(_tenant, "a");
        Assert.Null(await item.GetAsync());
        Assert.False(await item.PatchAsync(new ItemPatch { Comment = "nothing" }));
        await item.PutAsync(new Item { ItemId = "a", Categories = ["film"], LabelsJson = "[1]", Comment = "Title", Timestamp = DateTime.UnixEpoch });
        Assert.True(await item.PatchAsync(new ItemPatch { IsHidden = true, LabelsJson = "null" }));
        await cluster.DeactivateAsync(item);
        var read = (await item.GetAsync())!;
        Assert.Equal((true, "Title", (string?)null, DateTime.UnixEpoch), (read.IsHidden, read.Comment, read.LabelsJson, read.Timestamp));
        Assert.Equal(["film"], read.Categories);
    }

    [Fact]
    public async Task An_item_that_is_put_before_its_silo_has_heard_of_its_deletion_begins_a_new_life()
    {
        var cluster = await silo.ClusterAsync();
        var catalog = cluster.Grains.GetGrain<ICatalogGrain>(_tenant);
        var item = cluster.Item(_tenant, "a");
        await item.PutAsync(new Item { ItemId = "a", Comment = "First" });
        var number = Assert.Single(await catalog.ResolveAsync(["a"]));

        // As another silo's item grain does it; this silo asks five times a second.
        await catalog.DeleteAsync(number);
        await item.PutAsync(new Item { ItemId = "a", Comment = "Second" });
        Assert.Equal("Second", (await item.GetAsync())?.Comment);
        Assert.NotEqual(number, Assert.Single(await catalog.ResolveAsync(["a"])));

        await catalog.DeleteAsync(Assert.Single(await catalog.ResolveAsync(["a"])));
        Assert.False(await item.PatchAsync(new ItemPatch { Comment = "Third" }));
        Assert.Null(await item.GetAsync());
    }

    [Fact]
    public async Task All_numbers_are_known_though_a_later_one_has_overtaken_others()
    {
        var cluster = await silo.ClusterAsync();
        var replica = cluster.Service<Replicas>().For(_tenant).Catalog;
        await replica.RefreshAsync();

        // What another silo has asked for, and then what this one has.
        await cluster.Grains.GetGrain<ICatalogGrain>(_tenant).ResolveAsync(["a", "b", "c"]);
        await replica.ResolveAsync(["d"]);
        Assert.Equal(4, await replica.KnowAllAsync());
        Assert.Equal(["a", "b", "c", "d"], Enumerable.Range(0, 4).Select(number => replica.Entry(number)?.ItemId));
    }

    [Fact]
    public async Task A_deleted_item_leaves_lists_and_listings_and_begins_a_new_life_without_its_past()
    {
        var cluster = await silo.ClusterAsync();
        var item = cluster.Item(_tenant, "a");
        await item.PutAsync(new Item { ItemId = "a", Comment = "First" });
        await cluster.Item(_tenant, "b").PutAsync(new Item { ItemId = "b" });
        await cluster.RecordAsync(_tenant, "anna", "like", "a");
        await cluster.RecordAsync(_tenant, "anna", "like", "b");
        await LeptonCluster.EventuallyAsync(async () => (await cluster.ListAsync(_tenant, "bob")).Length == 2, "both are listed");

        Assert.True(await item.DeleteAsync());
        Assert.False(await item.DeleteAsync());
        Assert.Null(await item.GetAsync());
        Assert.Equal(["b"], await cluster.ListAsync(_tenant, "bob"));
        Assert.Equal(["b"], (await cluster.FeedbackOfAsync(_tenant, "anna")).Select(f => f.ItemId));
        Assert.Equal(["b"], (await cluster.Grains.GetGrain<ITenantGrain>(_tenant).ListItemsAsync(10, "")).Entries.Select(i => i.ItemId));

        await item.PutAsync(new Item { ItemId = "a", Comment = "Second" });
        Assert.Equal("Second", (await item.GetAsync())!.Comment);
        Assert.Equal(["b"], (await cluster.FeedbackOfAsync(_tenant, "anna")).Select(f => f.ItemId));
        Assert.Empty((await cluster.Grains.GetGrain<ITenantGrain>(_tenant).ListItemFeedbackAsync("a", null, 10, "")).Entries);
        await LeptonCluster.EventuallyAsync(async () => (await cluster.ListAsync(_tenant, "bob")).Contains("a"), "the new item is listed");
        await cluster.RecordAsync(_tenant, "anna", "like", "a");
        Assert.Equal(["a", "b"], (await cluster.FeedbackOfAsync(_tenant, "anna")).Select(f => f.ItemId));
    }

    [Fact]
    public async Task Once_its_deletion_is_acknowledged_an_item_is_in_no_list()
    {
        var cluster = await silo.ClusterAsync();
        var everyone = cluster.Grains.GetGrain<ITenantGrain>(_tenant);
        string[] items = ["a", "b", "c", "d"];
        foreach (var item in items)
        {
            await cluster.Item(_tenant, item).PutAsync(new Item { ItemId = item, Timestamp = DateTime.UnixEpoch, Categories = ["film"] });
            await cluster.RecordAsync(_tenant, "anna", "like", item);
            await cluster.RecordAsync(_tenant, "bob", "like", item);
        }

        await cluster.RecordAsync(_tenant, "carl", "like", "b");
        await cluster.Service<DeltaBuffer>().FlushAsync();
        foreach (var list in Lists())
        {
            await LeptonCluster.EventuallyAsync(async () => (await list()).Contains("a"), "it is in every list");
        }

        Assert.True(await cluster.Item(_tenant, "a").DeleteAsync());
        foreach (var list in Lists())
        {
            var after = await list();
            Assert.DoesNotContain("a", after);
            Assert.Contains("c", after);
        }

        IEnumerable<Func<Task<IEnumerable<string>>>> Lists() =>
        [
            async () => await cluster.ListAsync(_tenant, "stranger"),
            async () => await cluster.ListAsync(_tenant, "carl"),
            async () => await cluster.ListAsync(_tenant, "carl", "film"),
            async () => (await cluster.Lists(_tenant, "carl").ExplainAsync(new RecommendRequest { Count = 10 })).Items.Select(i => i.ItemId),
            async () => Ids(await cluster.Item(_tenant, "b").GetNeighborsAsync(RecommenderNames.Neighbors, null, 10, 0)),
            async () => Ids(await cluster.Item(_tenant, "b").GetNeighborsAsync(RecommenderNames.CoOccurrence, null, 10, 0)),
            async () => Ids(await everyone.GetListAsync(RecommenderNames.Latest, null, 10, 0)),
            async () => Ids(await everyone.GetListAsync(RecommenderNames.Popular, "film", 10, 0)),
            async () => Ids(await everyone.GetListAsync(RecommenderNames.Trending, null, 10, 0)),
            async () => Ids(await everyone.RecommendSessionAsync([new Feedback { FeedbackType = "like", UserId = "", ItemId = "b" }], new RecommendRequest { Count = 10 })),
        ];

        static IEnumerable<string> Ids(IReadOnlyList<ScoredId>? list) => list!.Select(s => s.Id);
    }

    [Fact]
    public async Task A_deletion_that_was_interrupted_is_finished_by_the_next_one()
    {
        var cluster = await silo.ClusterAsync();
        var item = cluster.Item(_tenant, "a");
        var key = StoreKeys.ItemRecord(LeptonKey.For(_tenant, "a"));
        await item.PutAsync(new Item { ItemId = "a", Comment = "First" });
        await cluster.Service<RecordStore>().OpenAsync(key);
        await Assert.ThrowsAsync<StaleActivationException>(() => item.DeleteAsync());
        Assert.Null(await item.GetAsync());
        await item.DeleteAsync();
        Assert.False((await cluster.Service<RecordStore>().PeekAsync(key, withJournal: false)).Exists);
        Assert.Empty(await cluster.Service<IndexStore>().RangeAsync(StoreKeys.ItemIndex(_tenant, StoreKeys.Bucket("a")), "", 10));

        // Named again by feedback alone, it has nothing of its first life.
        await cluster.RecordAsync(_tenant, "anna", "like", "a");
        Assert.Equal("", (await item.GetAsync())!.Comment);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_an_item_whose_deletion_was_cut_off_the_next_deletion_leaves_nothing(bool hasRecord)
    {
        var cluster = await silo.ClusterAsync();
        var catalog = cluster.Grains.GetGrain<ICatalogGrain>(_tenant);
        var item = cluster.Item(_tenant, "a");
        await cluster.RecordAsync(_tenant, "anna", "like", "a");
        var number = Assert.Single(await catalog.ResolveAsync(["a"]));
        Assert.Equal(["anna"], await UsersOfAsync(cluster, number));
        if (hasRecord)
        {
            await item.PutAsync(new Item { ItemId = "a" });
        }

        // As far as a deletion comes whose silo is killed after its first step; and the catalogue remembers nothing.
        await catalog.DeleteAsync(number);
        await cluster.DeactivateAsync(catalog);
        await cluster.DeactivateAsync(item);

        // A second life begins before the first is buried.
        await cluster.Service<Replicas>().For(_tenant).Catalog.RefreshAsync();
        await cluster.RecordAsync(_tenant, "bob", "like", "a");
        var second = Assert.Single(await catalog.ResolveAsync(["a"]));
        Assert.NotEqual(number, second);

        Assert.True(await item.DeleteAsync());
        Assert.Empty(await UsersOfAsync(cluster, number));
        Assert.Empty(await UsersOfAsync(cluster, second));
        Assert.Null(await item.GetAsync());
        await cluster.DeactivateAsync(catalog);
        Assert.False(await item.DeleteAsync());
    }

    private Task<string[]> UsersOfAsync(LeptonCluster cluster, int number) =>
        cluster.Service<IndexStore>().RangeAsync(StoreKeys.ItemFeedbackIndex(_tenant, number), "", 10);
}
