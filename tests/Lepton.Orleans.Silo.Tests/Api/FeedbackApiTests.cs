using System.Net;
using System.Text.Json;

namespace Lepton.Orleans.Silo.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class FeedbackApiTests(LeptonServer server)
{
    private readonly ApiClient api = server.Api;
    private readonly string user = ApiClient.Unique("user");
    private readonly string item = ApiClient.Unique("item");

    [Fact]
    public async Task Posting_again_adds_the_value_and_keeps_the_earliest_timestamp()
    {
        Assert.Equal(1, await api.WriteAsync("POST", "/api/feedback", Row("play", 2, "2024-05-02")));
        Assert.Equal(1, await api.WriteAsync("POST", "/api/feedback/", Row("play", 3, "2024-05-01")));

        var kept = await api.GetAsync($"/api/feedback/play/{user}/{item}");
        Assert.Equal(5, kept.GetProperty("Value").GetDouble());
        Assert.Equal("2024-05-01T00:00:00Z", kept.GetProperty("Timestamp").GetString());
        Assert.Equal(("play", user, item), (Text(kept, "FeedbackType"), Text(kept, "UserId"), Text(kept, "ItemId")));
    }

    [Fact]
    public async Task Posting_the_same_row_again_changes_nothing()
    {
        var row = Row("play", 2, "2024-05-02T10:00:00.123Z");
        Assert.Equal(1, await api.WriteAsync("POST", "/api/feedback", row));
        Assert.Equal(0, await api.WriteAsync("POST", "/api/feedback", row));

        Assert.Equal(2, (await api.GetAsync($"/api/feedback/play/{user}/{item}")).GetProperty("Value").GetDouble());
    }

    [Fact]
    public async Task A_request_with_an_idempotency_key_changes_nothing_the_second_time_and_gets_the_first_answer()
    {
        var other = ApiClient.Unique("other");
        var rows = new[]
        {
            new { FeedbackType = "play", UserId = user, ItemId = item, Value = 1 },
            new { FeedbackType = "play", UserId = user, ItemId = item, Value = 1 },
            new { FeedbackType = "play", UserId = other, ItemId = item, Value = 1 },
        };
        var key = $"Idempotency-Key: {ApiClient.Unique("key")}";
        var first = await api.SendAsync("POST", "/api/feedback", rows, key);
        Assert.Equal("{\"RowAffected\":3}", first.Body);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal((first.Status, first.Body), await StatusAndBodyAsync(rows, key));
        }

        Assert.Equal(2, (await api.GetAsync($"/api/feedback/play/{user}/{item}")).GetProperty("Value").GetDouble());
        rows[1] = rows[1] with { Value = 7 };
        var reused = await api.SendAsync("POST", "/api/feedback", rows, key);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, reused.Status);
        Assert.Contains("[1].EventId", reused.Body, StringComparison.Ordinal);
        Assert.Equal(2, (await api.GetAsync($"/api/feedback/play/{user}/{item}")).GetProperty("Value").GetDouble());
    }

    [Fact]
    public async Task A_row_with_an_event_id_counts_once_in_whatever_request_it_comes()
    {
        var row = new { FeedbackType = "play", UserId = user, ItemId = item, Value = 1, EventId = "partition 3, offset 17/2" };
        var next = new { FeedbackType = "play", UserId = user, ItemId = item, Value = 1, EventId = "partition 3, offset 18/2" };
        Assert.Equal(1, await api.WriteAsync("POST", "/api/feedback", new[] { row }));
        Assert.Equal(2, await api.WriteAsync("POST", "/api/feedback", new[] { row, next }));
        Assert.Equal(2, (await api.GetAsync($"/api/feedback/play/{user}/{item}")).GetProperty("Value").GetDouble());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    public async Task An_event_id_that_is_none_is_named(int length)
    {
        var row = new { FeedbackType = "play", UserId = user, ItemId = item, EventId = new string('e', length) };
        var answer = await api.SendAsync("POST", "/api/feedback", new[] { row });
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("[0].EventId", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_name_with_two_contents_in_a_batch_is_refused()
    {
        var row = new { FeedbackType = "play", UserId = user, ItemId = item, Value = 1, EventId = "one" };
        var answer = await api.SendAsync("POST", "/api/feedback", new[] { row, row with { Value = 9 } });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.Status);
        Assert.Equal(1, await api.WriteAsync("POST", "/api/feedback", new[] { row, row }));
    }

    [Theory]
    [InlineData("Idempotency-Key: ")]
    [InlineData("Idempotency-Key: 123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456")]
    public async Task An_idempotency_key_that_is_none_is_named(string header)
    {
        var answer = await api.SendAsync("POST", "/api/feedback", Row("play", 1, "2024-05-02"), header);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("Idempotency-Key", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Putting_overwrites_value_and_timestamp()
    {
        await api.WriteAsync("POST", "/api/feedback", Row("rating", 2, "2024-05-02"));
        Assert.Equal(1, await api.WriteAsync("PUT", "/api/feedback", Row("rating", 5, "2024-05-03")));

        var kept = await api.GetAsync($"/api/feedback/rating/{user}/{item}/");
        Assert.Equal(5, kept.GetProperty("Value").GetDouble());
        Assert.Equal("2024-05-03T00:00:00Z", kept.GetProperty("Timestamp").GetString());
    }

    [Fact]
    public async Task Feedback_is_found_from_its_user_its_item_and_its_type()
    {
        var other = ApiClient.Unique("other");
        var type = ApiClient.Unique("type");
        await api.WriteAsync("POST", "/api/feedback", new[]
        {
            new { FeedbackType = type, UserId = user, ItemId = item, Timestamp = "2024-01-01" },
            new { FeedbackType = "read", UserId = user, ItemId = item, Timestamp = "2024-01-02" },
            new { FeedbackType = type, UserId = other, ItemId = item, Timestamp = "2024-01-03" },
        });

        foreach (var slash in new[] { "", "/" })
        {
            Assert.Equal(new[] { "read", type }.Order(StringComparer.Ordinal), Types(await api.GetAsync($"/api/user/{user}/feedback{slash}")));
            Assert.Equal([type], Types(await api.GetAsync($"/api/user/{user}/feedback/{type}{slash}")));
            Assert.Equal(3, (await api.GetAsync($"/api/item/{item}/feedback{slash}")).GetArrayLength());
            Assert.Equal(2, (await api.GetAsync($"/api/item/{item}/feedback/{type}{slash}")).GetArrayLength());
            Assert.Equal(new[] { "read", type }.Order(StringComparer.Ordinal), Types(await api.GetAsync($"/api/feedback/{user}/{item}{slash}")));
            Assert.Equal(2, (await api.GetAsync($"/api/feedback/{type}{slash}")).GetProperty("Feedback").GetArrayLength());
        }

        Assert.Empty(Types(await api.GetAsync($"/api/user/{ApiClient.Unique("nobody")}/feedback")));
        Assert.Empty(Types(await api.GetAsync($"/api/feedback/{other}/{ApiClient.Unique("nothing")}")));
        _ = await api.ProblemAsync(HttpStatusCode.NotFound, "GET", $"/api/feedback/like/{user}/{item}");
    }

    [Fact]
    public async Task Feedback_is_deleted_by_type_or_altogether()
    {
        foreach (var type in new[] { "a", "b", "c" })
        {
            await api.WriteAsync("POST", "/api/feedback", Row(type, 1, "2024-01-01"));
        }

        Assert.Equal(1, await api.WriteAsync("DELETE", $"/api/feedback/b/{user}/{item}"));
        Assert.Equal(["a", "c"], Types(await api.GetAsync($"/api/user/{user}/feedback")));
        Assert.Equal(2, await api.WriteAsync("DELETE", $"/api/feedback/{user}/{item}/"));
        Assert.Equal(0, await api.WriteAsync("DELETE", $"/api/feedback/{user}/{item}"));
        Assert.Empty(Types(await api.GetAsync($"/api/user/{user}/feedback")));
    }

    [Fact]
    public async Task One_bad_row_is_named_and_no_row_of_the_batch_is_kept()
    {
        var rows = Enumerable.Range(0, 50).Select(i => new { FeedbackType = "like", UserId = $"{user}-{i % 5}", ItemId = i == 37 ? "" : $"{item}-{i}" });
        Assert.Equal("must not be empty", await api.RuleAsync("[37].ItemId", "POST", "/api/feedback", rows));

        for (var i = 0; i < 5; i++)
        {
            _ = await api.ProblemAsync(HttpStatusCode.NotFound, "GET", $"/api/user/{user}-{i}");
        }
    }

    [Fact]
    public async Task A_batch_of_many_users_is_all_there_when_it_is_answered()
    {
        var rows = Enumerable.Range(0, 3000).Select(i => new { FeedbackType = "like", UserId = $"{user}-{i % 700}", ItemId = $"{item}-{i}", Timestamp = "2024-01-01" });
        Assert.Equal(3000, await api.WriteAsync("POST", "/api/feedback", rows));

        Assert.Equal(5, (await api.GetAsync($"/api/user/{user}-0/feedback")).GetArrayLength());
        Assert.Equal(4, (await api.GetAsync($"/api/user/{user}-699/feedback")).GetArrayLength());
    }

    [Fact]
    public async Task A_history_longer_than_a_page_comes_whole()
    {
        var rows = Enumerable.Range(0, 2500).Select(i => new { FeedbackType = "like", UserId = user, ItemId = $"{item}-{i:0000}", Timestamp = "2024-01-01" });
        await api.WriteAsync("POST", "/api/feedback", rows);

        var kept = await api.GetAsync($"/api/user/{user}/feedback/like");
        Assert.Equal(2500, kept.EnumerateArray().Select(row => Text(row, "ItemId")).Distinct().Count());
    }

    [Fact]
    public async Task Paging_meets_all_feedback_of_a_type_exactly_once()
    {
        var type = ApiClient.Unique("type");
        await api.WriteAsync("POST", "/api/feedback", Enumerable.Range(0, 60).Select(i => new
        {
            FeedbackType = type, UserId = $"{user}-{i % 13}", ItemId = $"{item}-{i}", Timestamp = "2024-01-01",
        }));

        var all = await api.AllAsync($"/api/feedback/{type}", "Feedback", 7);
        Assert.Equal(60, all.Count);
        Assert.Equal(60, all.Select(row => Text(row, "ItemId")).Distinct().Count());
    }

    [Fact]
    public async Task A_malformed_cursor_is_refused()
    {
        foreach (var path in new[] { "/api/feedback", "/api/feedback/like", "/api/users", "/api/items" })
        {
            Assert.StartsWith("must be empty or the Cursor", await api.RuleAsync("cursor", "GET", $"{path}?cursor=%21nonsense%21"), StringComparison.Ordinal);
        }
    }

    private object[] Row(string type, double value, string timestamp) =>
        [new { FeedbackType = type, UserId = user, ItemId = item, Value = value, Timestamp = timestamp }];

    private static List<string> Types(JsonElement rows) => [.. rows.EnumerateArray().Select(row => Text(row, "FeedbackType")).Order(StringComparer.Ordinal)];

    private static string Text(JsonElement row, string field) => row.GetProperty(field).GetString()!;

    private async Task<(HttpStatusCode Status, string Body)> StatusAndBodyAsync(object rows, string header)
    {
        var answer = await api.SendAsync("POST", "/api/feedback", rows, header);
        return (answer.Status, answer.Body);
    }
}
