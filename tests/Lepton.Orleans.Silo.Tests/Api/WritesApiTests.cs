using System.Net;

namespace Lepton.Orleans.Silo.Tests.Api;

public sealed class WritesApiTests(LeptonServer server) : IClassFixture<LeptonServer>, IAsyncLifetime
{
    private static readonly string[] Lists = ["/api/users?n=1000", "/api/items?n=1000", "/api/feedback?n=1000"];
    private static readonly object[] Rows = [new { FeedbackType = "like", UserId = "anna", ItemId = "a" }];

    private readonly ApiClient api = server.Api;
    private readonly HttpClient http = new() { BaseAddress = server.Address };

    public static TheoryData<string, string, string> Writes => new()
    {
        { "POST", "/api/feedback", """[{"FeedbackType":"like","UserId":"anna","ItemId":"a"}]""" },
        { "POST", "/api/feedback", """[{"FeedbackType":"like","UserId":"nobody yet","ItemId":"a"},{"FeedbackType":"like","UserId":"anna","ItemId":"new"}]""" },
        { "PUT", "/api/feedback", """[{"FeedbackType":"like","UserId":"anna","ItemId":"a"}]""" },
        { "POST", "/api/user", """{"UserId":"anna"}""" },
        { "PATCH", "/api/user/anna", """{"Comment":"other"}""" },
        { "DELETE", "/api/user/anna", "" },
        { "DELETE", "/api/feedback/like/anna/a", "" },
        { "POST", "/api/v2/user/anna/merge", """{"From":"boris"}""" },
        { "POST", "/api/item", """{"ItemId":"b"}""" },
        { "PATCH", "/api/item/a", """{"Comment":"other"}""" },
        { "DELETE", "/api/item/a", "" },
        { "GET", "/api/recommend/anna?n=1&write-back-type=read", "" },
    };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _ = await api.OkAsync("POST", "/api/v2/writes/resume");
        await api.WriteAsync("POST", "/api/item", new { ItemId = "a" });
        await api.WriteAsync("POST", "/api/item", new { ItemId = $"not seen by anna {Guid.NewGuid()}" });
        await api.WriteAsync("POST", "/api/user", new { UserId = "boris" });
        await api.WriteAsync("POST", "/api/feedback", Rows);
    }

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task While_writes_are_paused_each_is_a_503_that_says_when_to_come_back_and_changes_nothing(string method, string path, string body)
    {
        // Where a list writes its places back, it has to have some.
        _ = await api.EventuallyAsync("/api/recommend/anna?n=1", list => list.GetArrayLength() > 0);
        var before = await EverythingAsync();
        _ = await api.OkAsync("POST", "/api/v2/writes/pause?seconds=600");

        var (status, retryAfter) = await SendAsync(method, path, body);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.True(retryAfter > TimeSpan.Zero);
        Assert.Equal(before, await EverythingAsync());
        _ = await api.GetAsync("/api/recommend/anna?n=5");
        Assert.True((await api.GetAsync("/api/v2/writes")).GetProperty("IsPaused").GetBoolean());

        _ = await api.OkAsync("POST", "/api/v2/writes/resume");
        Assert.False((await api.GetAsync("/api/v2/writes")).GetProperty("IsPaused").GetBoolean());
        Assert.NotEqual(HttpStatusCode.ServiceUnavailable, (await SendAsync(method, path, body)).Status);
    }

    [Fact]
    public async Task The_mark_stays_for_as_long_as_nothing_was_written_and_a_pause_that_lapsed_has_another()
    {
        var first = await MarkAsync("?seconds=600");
        Assert.Equal(first, await MarkAsync("?seconds=600"));
        Assert.Equal(first, await MarkAsync(""));
        _ = await api.OkAsync("POST", "/api/v2/writes/resume");
        await api.WriteAsync("POST", "/api/feedback", Rows);
        var second = await MarkAsync("?seconds=1");
        Assert.NotEqual(first, second);

        // Ends by itself: the client repeats what is answered with 503.
        await api.WriteAsync("POST", "/api/feedback", Rows);
        Assert.NotEqual(second, await MarkAsync("?seconds=600"));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("3601")]
    [InlineData("soon")]
    public async Task A_pause_has_a_bound(string seconds) =>
        Assert.Equal("must be an integer from 1 to 3600", await api.RuleAsync("seconds", "POST", $"/api/v2/writes/pause?seconds={seconds}"));

    [Theory]
    [InlineData("seconds=10&seconds=10")]
    [InlineData("seconds=10&seconds=")]
    [InlineData("seconds=&seconds=")]
    public async Task A_bound_that_is_given_twice_is_refused_and_pauses_nothing(string query)
    {
        Assert.Equal("must be given once", await api.RuleAsync("seconds", "POST", $"/api/v2/writes/pause?{query}"));
        Assert.False((await api.GetAsync("/api/v2/writes")).GetProperty("IsPaused").GetBoolean());
    }

    private async Task<string> MarkAsync(string query) => (await api.OkAsync("POST", $"/api/v2/writes/pause{query}")).GetProperty("Mark").GetString()!;

    private async Task<(HttpStatusCode Status, TimeSpan? RetryAfter)> SendAsync(string method, string path, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path)
        {
            Content = body.Length > 0 ? new StringContent(body, System.Text.Encoding.UTF8, "application/json") : null,
        };
        using var response = await http.SendAsync(request, Cancelled);
        return (response.StatusCode, response.Headers.RetryAfter?.Delta);
    }

    private async Task<string> EverythingAsync() => string.Join(
        '\n', await Task.WhenAll(Lists.Select(path => http.GetStringAsync(new Uri(path, UriKind.Relative), Cancelled))));
}
