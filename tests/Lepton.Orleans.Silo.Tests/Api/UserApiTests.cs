using System.Net;
using System.Text.Json;

namespace Lepton.Orleans.Silo.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class UserApiTests(LeptonServer server)
{
    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task A_user_is_created_read_changed_and_deleted()
    {
        var id = ApiClient.Unique("user");
        Assert.Equal(1, await api.WriteAsync("POST", "/api/user", $$"""{"UserId":"{{id}}","Labels":{ "age" : 1.0 },"Comment":"Ålice"}"""));
        var created = await api.GetAsync($"/api/user/{id}");
        Assert.Equal(id, created.GetProperty("UserId").GetString());
        Assert.Equal("""{"age":1.0}""", created.GetProperty("Labels").GetRawText());
        Assert.Equal("Ålice", created.GetProperty("Comment").GetString());

        Assert.Equal(1, await api.WriteAsync("PATCH", $"/api/user/{id}", """{"Comment":"Bob","Labels":null}"""));
        var changed = await api.GetAsync($"/api/user/{id}/");
        Assert.Equal("Bob", changed.GetProperty("Comment").GetString());
        Assert.Equal("""{"age":1.0}""", changed.GetProperty("Labels").GetRawText());

        Assert.Equal(1, await api.WriteAsync("DELETE", $"/api/user/{id}"));
        _ = await api.ProblemAsync(HttpStatusCode.NotFound, "GET", $"/api/user/{id}");
    }

    [Fact]
    public async Task An_erasure_answers_with_a_receipt_and_leaves_nothing()
    {
        var id = ApiClient.Unique("erased");
        await api.WriteAsync("POST", "/api/user", new { UserId = id, Comment = "nobody" });
        await api.WriteAsync("POST", "/api/feedback", Enumerable.Range(0, 5).Select(i => new { FeedbackType = "like", UserId = id, ItemId = $"{id}-{i}" }));
        Assert.Equal(7, (await api.GetAsync($"/api/v2/erasure/{id}")).GetProperty("Remains").GetArrayLength());

        var receipt = await api.OkAsync("DELETE", $"/api/user/{id}");
        Assert.Equal(1, receipt.GetProperty("RowAffected").GetInt32());
        Assert.Equal(id, receipt.GetProperty("UserId").GetString());
        var removed = receipt.GetProperty("Removed");
        Assert.Equal((1, 5, 1, 5), (removed.GetProperty("States").GetInt32(), removed.GetProperty("Feedback").GetInt32(), removed.GetProperty("UserIndexEntries").GetInt32(), removed.GetProperty("ItemIndexEntries").GetInt32()));
        Assert.True(removed.GetProperty("Counters").GetInt32() >= 5);
        Assert.NotEqual(0, receipt.GetProperty("Waiting").GetArrayLength());

        var report = await api.GetAsync($"/api/v2/erasure/{id}");
        Assert.Equal(0, report.GetProperty("Remains").GetArrayLength());
        Assert.True(report.GetProperty("KeysScanned").GetInt64() > 0);
        _ = await api.ProblemAsync(HttpStatusCode.NotFound, "DELETE", $"/api/user/{id}");
    }

    [Fact]
    public async Task An_unknown_user_is_a_404_to_read_change_or_delete()
    {
        var path = $"/api/user/{ApiClient.Unique("nobody")}";
        _ = await api.ProblemAsync(HttpStatusCode.NotFound, "GET", path);
        _ = await api.ProblemAsync(HttpStatusCode.NotFound, "PATCH", path, "{}");
        _ = await api.ProblemAsync(HttpStatusCode.NotFound, "DELETE", path);
    }

    [Fact]
    public async Task Of_users_posted_at_once_the_last_of_each_id_counts()
    {
        var (a, b) = (ApiClient.Unique("a"), ApiClient.Unique("b"));
        Assert.Equal(3, await api.WriteAsync("POST", "/api/users", new[]
        {
            new { UserId = a, Comment = "first" }, new { UserId = b, Comment = "only" }, new { UserId = a, Comment = "last" },
        }));

        Assert.Equal("last", (await api.GetAsync($"/api/user/{a}")).GetProperty("Comment").GetString());
        Assert.Equal("only", (await api.GetAsync($"/api/user/{b}")).GetProperty("Comment").GetString());
    }

    [Fact]
    public async Task One_bad_user_and_none_is_written()
    {
        var id = ApiClient.Unique("good");
        Assert.Equal("must be a string", await api.RuleAsync("[1].UserId", "POST", "/api/users", $$"""[{"UserId":"{{id}}"},{"UserId":5}]"""));

        _ = await api.ProblemAsync(HttpStatusCode.NotFound, "GET", $"/api/user/{id}");
    }

    [Fact]
    public async Task Paging_meets_every_user_exactly_once_while_others_are_written()
    {
        var ids = Enumerable.Range(0, 60).Select(i => ApiClient.Unique($"page{i % 7}")).ToList();
        await api.WriteAsync("POST", "/api/users", ids.Select(id => new { UserId = id }));

        var seen = new List<string>();
        var cursor = "";
        do
        {
            var page = await api.GetAsync($"/api/users?n=7&cursor={Uri.EscapeDataString(cursor)}");
            seen.AddRange(page.GetProperty("Users").EnumerateArray().Select(user => user.GetProperty("UserId").GetString()!));
            cursor = page.GetProperty("Cursor").GetString()!;
            await api.WriteAsync("POST", "/api/user", new { UserId = ApiClient.Unique("meanwhile") });
        }
        while (cursor.Length > 0);

        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Empty(ids.Except(seen));
    }

    [Fact]
    public async Task An_anonymous_user_is_merged_into_a_known_one_however_often_it_is_asked_for()
    {
        var (known, anonymous, other, item) = (ApiClient.Unique("known"), ApiClient.Unique("anonymous"), ApiClient.Unique("other"), ApiClient.Unique("item"));
        await api.WriteAsync("POST", "/api/users", new[] { new { UserId = known }, new { UserId = other } });
        await api.WriteAsync("POST", "/api/feedback", new[]
        {
            new { FeedbackType = "play", UserId = known, ItemId = item, Value = 1, Timestamp = "2026-01-02T00:00:00Z" },
            new { FeedbackType = "play", UserId = anonymous, ItemId = item, Value = 2, Timestamp = "2026-01-01T00:00:00Z" },
        });

        for (var time = 0; time < 3; time++)
        {
            Assert.Equal(1, await api.WriteAsync("POST", $"/api/v2/user/{known}/merge", new { From = anonymous }));
        }

        var feedback = await api.GetAsync($"/api/feedback/play/{known}/{item}");
        Assert.Equal((3, "2026-01-01T00:00:00Z"), (feedback.GetProperty("Value").GetInt32(), feedback.GetProperty("Timestamp").GetString()));
        _ = await api.ProblemAsync(HttpStatusCode.NotFound, "GET", $"/api/user/{anonymous}");
        var conflict = await api.ProblemAsync(HttpStatusCode.Conflict, "POST", $"/api/v2/user/{other}/merge", new { From = anonymous });
        Assert.Contains(known, conflict.GetProperty("detail").GetString(), StringComparison.Ordinal);
        _ = await api.ProblemAsync(HttpStatusCode.Conflict, "POST", $"/api/v2/user/{anonymous}/merge", new { From = other });
    }

    [Fact]
    public async Task A_merge_of_nobody_of_oneself_or_of_no_id_is_refused_with_the_reason()
    {
        var (known, ghost) = (ApiClient.Unique("known"), ApiClient.Unique("ghost"));
        await api.WriteAsync("POST", "/api/user", new { UserId = known });
        var missing = await api.ProblemAsync(HttpStatusCode.NotFound, "POST", $"/api/v2/user/{known}/merge", new { From = ghost });
        Assert.Contains(ghost, missing.GetProperty("detail").GetString(), StringComparison.Ordinal);
        missing = await api.ProblemAsync(HttpStatusCode.NotFound, "POST", $"/api/v2/user/{ghost}/merge", new { From = known });
        Assert.Contains(ghost, missing.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("another user", await api.RuleAsync("From", "POST", $"/api/v2/user/{known}/merge", new { From = known }), StringComparison.Ordinal);
        Assert.Equal("must be a string", await api.RuleAsync("From", "POST", $"/api/v2/user/{known}/merge", """{"From":7}"""));
        Assert.Equal("must not contain '/'", await api.RuleAsync("From", "POST", $"/api/v2/user/{known}/merge", new { From = "a/b" }));
        Assert.StartsWith("must", await api.RuleAsync("From", "POST", $"/api/v2/user/{known}/merge", "{}"), StringComparison.Ordinal);
        _ = await api.GetAsync($"/api/user/{known}");
    }

    public static TheoryData<string> StrangeIds =>
    [
        "with space", "quo\"te'", "100%", "50%", "50%25", "x%41", "a%2Fb", "what?n=1", "#hash", "plus+plus", "semi;colon", "a&b=c", "back\\slash", "{brace}", "日本語", "مرحبا", "☕😀",
        "..", ".", "...", ".hidden", "tab", "e\u0301", "\u00e9", "null", "neighbors", new string('é', 128),
    ];

    [Theory]
    [MemberData(nameof(StrangeIds))]
    public async Task Any_id_but_a_forbidden_one_survives_the_way_through_body_and_path(string id)
    {
        await api.WriteAsync("POST", "/api/user", new { UserId = id, Comment = "strange" });

        // Percent-encode everything, dots too: clients that resolve ".." cannot send it otherwise.
        var target = "/api/user/" + string.Concat(System.Text.Encoding.UTF8.GetBytes(id).Select(b => $"%{b:X2}"));
        var (status, body) = await RawHttp.SendAsync(server.Address, "GET", target);

        Assert.Equal(200, status);
        Assert.Contains($"\"UserId\":{JsonSerializer.Serialize(id, Apis.Responses.JsonResponse.SerializerOptions)}", body, StringComparison.Ordinal);
        Assert.Contains(
            (await api.AllAsync("/api/users", "Users", 100)).Select(user => user.GetProperty("UserId").GetString()), found => found == id);
    }

    [Fact]
    public async Task A_literal_percent_2f_and_a_slash_are_told_apart()
    {
        await api.WriteAsync("POST", "/api/user", new { UserId = "x%2Fy" });

        Assert.Equal(200, (await RawHttp.SendAsync(server.Address, "GET", "/api/user/x%252Fy")).Status);
        var (status, body) = await RawHttp.SendAsync(server.Address, "GET", "/api/user/x%2Fy");
        Assert.Equal(400, status);
        Assert.Contains("must not contain '/'", body, StringComparison.Ordinal);
    }
}
