using System.Net;

namespace Lepton.Orleans.Silo.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class ItemApiTests(LeptonServer server)
{
    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task An_item_is_created_read_changed_and_deleted()
    {
        var id = ApiClient.Unique("item");
        Assert.Equal(1, await api.WriteAsync(
            "POST",
            "/api/item",
            $$"""{"ItemId":"{{id}}","Categories":["a","b"],"Timestamp":"1999-03-31T02:00:00+02:00","Labels":["x", {"y":null}],"Comment":"M"}"""));
        var created = await api.GetAsync($"/api/item/{id}");
        Assert.False(created.GetProperty("IsHidden").GetBoolean());
        Assert.Equal("""["a","b"]""", created.GetProperty("Categories").GetRawText());
        Assert.Equal("1999-03-31T00:00:00Z", created.GetProperty("Timestamp").GetString());
        Assert.Equal("""["x",{"y":null}]""", created.GetProperty("Labels").GetRawText());
        Assert.Equal("M", created.GetProperty("Comment").GetString());

        Assert.Equal(1, await api.WriteAsync("PATCH", $"/api/item/{id}", """{"IsHidden":true,"Categories":["c"]}"""));
        var changed = await api.GetAsync($"/api/item/{id}");
        Assert.True(changed.GetProperty("IsHidden").GetBoolean());
        Assert.Equal("""["c"]""", changed.GetProperty("Categories").GetRawText());
        Assert.Equal("M", changed.GetProperty("Comment").GetString());

        Assert.Equal(1, await api.WriteAsync("DELETE", $"/api/item/{id}"));
        _ = await api.ProblemAsync(HttpStatusCode.NotFound, "GET", $"/api/item/{id}");
        _ = await api.ProblemAsync(HttpStatusCode.NotFound, "DELETE", $"/api/item/{id}");
        _ = await api.ProblemAsync(HttpStatusCode.NotFound, "PATCH", $"/api/item/{id}", "{}");
    }

    [Fact]
    public async Task A_category_is_put_and_taken_away()
    {
        var id = ApiClient.Unique("item");
        await api.WriteAsync("POST", "/api/item", $$"""{"ItemId":"{{id}}","Categories":["a"]}""");

        Assert.Equal(1, await api.WriteAsync("PUT", $"/api/item/{id}/category/b%20c"));
        Assert.Equal("""["a","b c"]""", (await api.GetAsync($"/api/item/{id}")).GetProperty("Categories").GetRawText());
        Assert.Equal(1, await api.WriteAsync("DELETE", $"/api/item/{id}/category/a/"));
        Assert.Equal("""["b c"]""", (await api.GetAsync($"/api/item/{id}")).GetProperty("Categories").GetRawText());
        _ = await api.ProblemAsync(HttpStatusCode.NotFound, "PUT", $"/api/item/{ApiClient.Unique("none")}/category/a");
        _ = await api.ProblemAsync(HttpStatusCode.NotFound, "DELETE", $"/api/item/{ApiClient.Unique("none")}/category/a");
    }

    [Fact]
    public async Task An_item_that_has_all_the_categories_it_may_have_takes_no_other_but_keeps_taking_those_it_has()
    {
        var id = ApiClient.Unique("item");
        await api.WriteAsync("POST", "/api/item", new { ItemId = id, Categories = Enumerable.Range(0, ItemRules.MaxCategories - 1).Select(i => $"c{i}") });
        Assert.Equal(1, await api.WriteAsync("PUT", $"/api/item/{id}/category/last"));

        var problem = await api.ProblemAsync(HttpStatusCode.BadRequest, "PUT", $"/api/item/{id}/category/one-more");

        Assert.Equal("must not have more than 100 entries", problem.GetProperty("errors").GetProperty("Categories")[0].GetString());
        Assert.Equal(1, await api.WriteAsync("PUT", $"/api/item/{id}/category/last"));
        Assert.Equal(ItemRules.MaxCategories, (await api.GetAsync($"/api/item/{id}")).GetProperty("Categories").GetArrayLength());
        Assert.Equal(1, await api.WriteAsync("DELETE", $"/api/item/{id}/category/c0"));
        Assert.Equal(1, await api.WriteAsync("PUT", $"/api/item/{id}/category/one-more"));
    }

    [Fact]
    public async Task Items_posted_at_once_are_all_listed_and_an_absent_time_is_the_year_1()
    {
        var ids = Enumerable.Range(0, 25).Select(i => ApiClient.Unique("many")).ToList();
        Assert.Equal(25, await api.WriteAsync("POST", "/api/items", ids.Select(id => new { ItemId = id })));

        var listed = (await api.AllAsync("/api/items", "Items", 9)).ToDictionary(item => item.GetProperty("ItemId").GetString()!);
        Assert.All(ids, id => Assert.Equal("0001-01-01T00:00:00Z", listed[id].GetProperty("Timestamp").GetString()));
    }
}
