using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Storage;

namespace Lepton.Orleans.Grains.Tests.Recommendations;

public sealed class ListTests(OneSilo silo)
{
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task Acknowledged_feedback_is_in_the_very_next_list()
    {
        var cluster = await silo.ClusterAsync();
        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => cluster.Item(_tenant, $"i{i}").PutAsync(new Item { ItemId = $"i{i}" })));
        await LeptonCluster.EventuallyAsync(async () => (await cluster.ListAsync(_tenant, "anna")).Length == 60, "all items are in the list of a new user");
        var version = 0L;
        for (var i = 0; i < 50; i++)
        {
            var liked = (await cluster.ListAsync(_tenant, "anna"))[0];
            await cluster.RecordAsync(_tenant, "anna", "like", liked);
            var list = await cluster.Lists(_tenant, "anna").ExplainAsync(new RecommendRequest { Count = 100 });
            Assert.True(list.UserVersion > version);
            version = list.UserVersion;
            Assert.Equal(59 - i, list.Items.Count);
            Assert.DoesNotContain(liked, list.Items.Select(r => r.ItemId));
            Assert.DoesNotContain(liked, await cluster.ListAsync(_tenant, "anna"));
        }
    }

    [Theory]
    [InlineData("like")]
    [InlineData("dislike")]
    public async Task What_a_client_whose_clock_is_ahead_has_dated_is_in_the_very_next_list_too(string type)
    {
        var cluster = await silo.ClusterAsync();
        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => cluster.Item(_tenant, $"i{i}").PutAsync(new Item { ItemId = $"i{i}" })));
        await LeptonCluster.EventuallyAsync(async () => (await cluster.ListAsync(_tenant, "anna")).Length == 5, "all items are listed");
        await cluster.RecordAsync(_tenant, "anna", type, "i1", DateTime.UtcNow.AddSeconds(50));
        Assert.DoesNotContain("i1", await cluster.ListAsync(_tenant, "anna"));
    }

    [Fact]
    public async Task Removed_feedback_and_a_removed_user_bring_items_back()
    {
        var cluster = await silo.ClusterAsync();
        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => cluster.Item(_tenant, $"i{i}").PutAsync(new Item { ItemId = $"i{i}" })));
        await LeptonCluster.EventuallyAsync(async () => (await cluster.ListAsync(_tenant, "anna")).Length == 5, "all items are listed");
        await cluster.RecordAsync(_tenant, "anna", "read", "i1");
        await cluster.RecordAsync(_tenant, "anna", "read", "i2");
        Assert.Equal(3, (await cluster.ListAsync(_tenant, "anna")).Length);
        await cluster.User(_tenant, "anna").DeleteFeedbackAsync("i1", null);
        Assert.Contains("i1", await cluster.ListAsync(_tenant, "anna"));
        await cluster.User(_tenant, "anna").EraseAsync();
        Assert.Equal(5, (await cluster.ListAsync(_tenant, "anna")).Length);
    }

    [Fact]
    public async Task A_list_may_be_asked_for_one_category_and_its_pages_do_not_overlap()
    {
        var cluster = await silo.ClusterAsync();
        await Task.WhenAll(Enumerable.Range(0, 90).Select(i => cluster.Item(_tenant, $"i{i}").PutAsync(new Item { ItemId = $"i{i}", Categories = i % 3 == 0 ? ["film", "old"] : ["book"] })));
        await LeptonCluster.EventuallyAsync(async () => (await cluster.ListAsync(_tenant, "anna")).Length == 90, "all items are listed");
        Assert.Equal(30, (await cluster.ListAsync(_tenant, "anna", "film")).Length);
        Assert.Equal(60, (await cluster.ListAsync(_tenant, "anna", "book")).Length);
        Assert.Empty(await cluster.ListAsync(_tenant, "anna", "nothing"));
        Assert.True(await cluster.Item(_tenant, "i1").AddCategoryAsync("film"));
        Assert.True(await cluster.Item(_tenant, "i0").RemoveCategoryAsync("film"));
        var films = await cluster.ListAsync(_tenant, "anna", "film");
        Assert.Contains("i1", films);
        Assert.DoesNotContain("i0", films);

        var pages = new List<string>();
        for (var offset = 0; offset < 90; offset += 20)
        {
            var page = await cluster.Lists(_tenant, "anna").ExplainAsync(new RecommendRequest { Count = 20, Offset = offset });
            pages.AddRange(page.Items.Select(i => i.ItemId));
        }

        Assert.Equal(90, pages.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task A_list_is_the_same_with_its_reasons_and_without()
    {
        var cluster = await silo.ClusterAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => cluster.Item(_tenant, $"i{i}").PutAsync(new Item { ItemId = $"i{i}", Comment = $"Title {i}" })));
        await LeptonCluster.EventuallyAsync(async () => (await cluster.ListAsync(_tenant, "anna")).Length == 20, "all items are listed");
        await cluster.RecordAsync(_tenant, "anna", "like", "i3");
        var request = new RecommendRequest { Count = 5, Offset = 2 };

        var described = await cluster.Lists(_tenant, "anna").DescribeAsync(request);
        var explained = await cluster.Lists(_tenant, "anna").ExplainAsync(request);

        Assert.Equal(5, described.Items.Count);
        Assert.All(described.Items, place => Assert.Empty(place.Reasons));
        Assert.All(explained.Items, place => Assert.NotEmpty(place.Reasons));
        Assert.Equal(explained.Items.Select(place => (place.ItemId, place.Title)), described.Items.Select(place => (place.ItemId, place.Title)));
        Assert.Equal((explained.UserVersion, explained.CatalogVersion), (described.UserVersion, described.CatalogVersion));
    }
}
