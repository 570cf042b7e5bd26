using System.Net;
using System.Text.Json;

namespace Lepton.Orleans.Silo.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class RecommendApiTests(LeptonServer server) : IAsyncLifetime
{
    private readonly ApiClient api = server.Api;
    private readonly string category = ApiClient.Unique("category");
    private readonly string user = ApiClient.Unique("user");
    private List<string> items = [];

    private string Path => $"/api/recommend/{user}?category={category}";

    /// <summary>Twelve items of a category of their own, the first ones liked by most: a list to recommend from.</summary>
    public async ValueTask InitializeAsync()
    {
        items = [.. Enumerable.Range(0, 12).Select(i => $"{category}-{i:00}")];
        await api.WriteAsync("POST", "/api/items", items.Select((id, i) => new { ItemId = id, Categories = new[] { category }, Timestamp = $"2024-01-{i + 1:00}" }));
        await api.WriteAsync("POST", "/api/feedback", Enumerable.Range(0, 8).SelectMany(fan => items.Take(12 - fan).Select(
            id => new { FeedbackType = "like", UserId = $"{category}-fan{fan}", ItemId = id })));
        _ = await api.EventuallyAsync(
            $"/api/popular/{category}?n=100",
            list => list.GetArrayLength() == items.Count && list.EnumerateArray().Sum(place => place.GetProperty("Score").GetDouble()) > 0);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_user_nobody_knows_gets_a_list_and_is_not_created_by_it()
    {
        var list = await api.GetAsync(Path);

        Assert.Equal(10, list.GetArrayLength());
        Assert.All(list.EnumerateArray(), id => Assert.Contains(id.GetString(), items));
        _ = await api.ProblemAsync(System.Net.HttpStatusCode.NotFound, "GET", $"/api/user/{user}");
    }

    [Fact]
    public async Task Version_2_gives_ids_with_scores_in_the_same_order()
    {
        var ids = Strings(await api.GetAsync(Path));
        var scored = await api.GetAsync(Path, "X-API-Version: 2");

        Assert.Equal(ids, Ids(scored));
        var scores = scored.EnumerateArray().Select(place => place.GetProperty("Score").GetDouble()).ToList();
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.Equal(ids, Strings(await api.GetAsync(Path, "X-API-Version: 1")));
    }

    [Fact]
    public async Task Count_offset_and_the_category_in_the_path_cut_the_same_list()
    {
        var all = Strings(await api.GetAsync(Path + "&n=100"));

        Assert.Equal(items.Order(), all.Order());
        Assert.Equal(all.Skip(3).Take(4), Strings(await api.GetAsync(Path + "&n=4&offset=3")));
        Assert.Equal(all.Take(10), Strings(await api.GetAsync($"/api/recommend/{user}/{category}/")));
        Assert.Empty(Strings(await api.GetAsync(Path + "&n=0")));
        Assert.Empty(Strings(await api.GetAsync(Path + "&offset=100")));
        Assert.Equal(all.Take(10), Strings(await api.GetAsync(Path + "&n=&offset=")));
    }

    [Fact]
    public async Task Acknowledged_feedback_is_in_the_next_list()
    {
        var first = Strings(await api.GetAsync(Path + "&n=100"))[0];
        await api.WriteAsync("POST", "/api/feedback", new[] { new { FeedbackType = "like", UserId = user, ItemId = first } });

        Assert.DoesNotContain(first, Strings(await api.GetAsync(Path + "&n=100")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("X-API-Version: 2")]
    public async Task Write_back_records_what_was_shown_before_it_is_sent(string header)
    {
        string[] headers = header.Length > 0 ? [header] : [];
        var before = DateTime.UtcNow;
        var list = await api.GetAsync(Path + "&n=3&write-back-type=read&write-back-delay=1h30m", headers);
        var shown = header.Length > 0 ? Ids(list) : Strings(list);

        var kept = await api.GetAsync($"/api/user/{user}/feedback/read");
        Assert.Equal(3, shown.Count);
        Assert.Equal(shown.Order(), kept.EnumerateArray().Select(row => row.GetProperty("ItemId").GetString()).Order());
        Assert.All(kept.EnumerateArray(), row => Assert.InRange(
            row.GetProperty("Timestamp").GetDateTime().ToUniversalTime(), before.AddMinutes(89), DateTime.UtcNow.AddMinutes(91)));
    }

    [Fact]
    public async Task A_delayed_write_back_is_recorded_once_however_often_the_list_is_asked_for()
    {
        var shown = Strings(await api.GetAsync(Path + "&n=3&write-back-type=read&write-back-delay=24h"));
        var version = (await api.GetAsync($"/api/v2/recommend/{user}")).GetProperty("UserVersion").GetInt64();

        Assert.Equal(shown, Strings(await api.GetAsync(Path + "&n=3&write-back-type=read&write-back-delay=24h")));
        Assert.Equal(version, (await api.GetAsync($"/api/v2/recommend/{user}")).GetProperty("UserVersion").GetInt64());
        Assert.Equal(3, (await api.GetAsync($"/api/user/{user}/feedback/read")).GetArrayLength());
    }

    [Fact]
    public async Task Who_asks_for_the_head_of_a_list_writes_nothing_back()
    {
        var (status, _, _) = await api.SendAsync("HEAD", Path + "&n=3&write-back-type=read");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(0, (await api.GetAsync($"/api/user/{user}/feedback")).GetArrayLength());
    }

    [Fact]
    public async Task What_write_back_recorded_is_not_shown_again()
    {
        var shown = Strings(await api.GetAsync(Path + "&n=3&write-back-type=read&write-back-delay=0"));

        Assert.Empty(Strings(await api.GetAsync(Path + "&n=100")).Intersect(shown));
    }

    [Fact]
    public async Task Explanations_name_a_source_for_each_place_when_they_are_asked_for()
    {
        await api.WriteAsync("POST", "/api/feedback", new[] { new { FeedbackType = "like", UserId = user, ItemId = items[0] } });

        var explained = await api.GetAsync($"/api/v2/recommend/{user}?category={category}&explain=true&n=5");
        var bare = await api.GetAsync($"/api/v2/recommend/{user}?category={category}&n=5");

        var places = explained.GetProperty("Items").EnumerateArray().ToList();
        Assert.NotEmpty(places);
        Assert.All(places, place => Assert.NotEqual("", place.GetProperty("Reasons")[0].GetProperty("Source").GetString()));
        Assert.Equal(
            places.Select(place => place.GetProperty("ItemId").GetString()),
            bare.GetProperty("Items").EnumerateArray().Select(place => place.GetProperty("ItemId").GetString()));
        Assert.All(bare.GetProperty("Items").EnumerateArray(), place => Assert.Equal(0, place.GetProperty("Reasons").GetArrayLength()));
    }

    [Fact]
    public async Task The_newest_and_the_most_popular_items_are_listed_for_everyone()
    {
        foreach (var path in new[] { "/api/latest", "/api/non-personalized/latest" })
        {
            var latest = Ids(await api.EventuallyAsync($"{path}/{category}?n=100", list => list.GetArrayLength() == 12));
            Assert.Equal(items.AsEnumerable().Reverse(), latest);
            Assert.Equal(latest.Skip(2).Take(3), Ids(await api.GetAsync($"{path}?category={category}&n=3&offset=2")));
        }

        foreach (var path in new[] { "/api/popular", "/api/non-personalized/popular", "/api/non-personalized/trending" })
        {
            var popular = Ids(await api.EventuallyAsync($"{path}/{category}/?n=100", list => list.GetArrayLength() > 0 && list[0].GetProperty("Score").GetDouble() > 0));
            Assert.Contains(popular[0], items.Take(5));
        }

        _ = await api.ProblemAsync(System.Net.HttpStatusCode.NotFound, "GET", "/api/non-personalized/no-such-list");
    }

    [Fact]
    public async Task A_list_for_everyone_leaves_out_what_a_user_had_when_asked_to()
    {
        await api.WriteAsync("POST", "/api/feedback", new[] { new { FeedbackType = "read", UserId = user, ItemId = items[11] } });
        _ = await api.EventuallyAsync($"/api/latest/{category}?n=100", list => list.GetArrayLength() == 12);

        Assert.Equal([items[10], items[9]], Ids(await api.GetAsync($"/api/latest/{category}?user-id={user}&n=2")));
    }

    [Fact]
    public async Task Items_like_an_item_and_users_like_a_user_are_listed()
    {
        var neighbors = Ids(await api.EventuallyAsync($"/api/item/{items[0]}/neighbors/?n=100", list => list.GetArrayLength() > 0));
        Assert.DoesNotContain(items[0], neighbors);
        Assert.Contains(neighbors[0], items);
        Assert.All(Ids(await api.GetAsync($"/api/item/{items[0]}/neighbors/{category}")), id => Assert.Contains(id, items));
        Assert.NotEmpty(Ids(await api.GetAsync($"/api/item/{items[0]}/neighbors?category={category}&n=2")));
        Assert.NotEmpty(Ids(await api.GetAsync($"/api/item-to-item/neighbors/{items[0]}")));
        Assert.Empty(Ids(await api.GetAsync($"/api/item/{ApiClient.Unique("none")}/neighbors")));
        _ = await api.ProblemAsync(System.Net.HttpStatusCode.NotFound, "GET", $"/api/item-to-item/no-such-source/{items[0]}");

        var users = Ids(await api.EventuallyAsync($"/api/user/{category}-fan0/neighbors/", list => list.GetArrayLength() > 0));
        Assert.DoesNotContain($"{category}-fan0", users);
    }

    [Fact]
    public async Task A_session_is_ranked_and_leaves_nothing_behind()
    {
        var session = new[] { new { FeedbackType = "like", UserId = user, ItemId = items[1], Timestamp = "2024-02-02" } };
        var places = await api.OkAsync("POST", $"/api/session/recommend/{category}?n=5", session);

        Assert.NotEqual(0, places.GetArrayLength());
        Assert.DoesNotContain(items[1], Ids(places));
        Assert.All(Ids(places), id => Assert.Contains(id, items));
        Assert.NotEqual(0, (await api.OkAsync("POST", "/api/session/recommend/", """[{"FeedbackType":"like","ItemId":"x"}]""")).GetArrayLength());
        _ = await api.ProblemAsync(System.Net.HttpStatusCode.NotFound, "GET", $"/api/user/{user}");
    }

    private static List<string> Strings(JsonElement list) => [.. list.EnumerateArray().Select(id => id.GetString()!)];

    private static List<string> Ids(JsonElement list) => [.. list.EnumerateArray().Select(place => place.GetProperty("Id").GetString()!)];
}
