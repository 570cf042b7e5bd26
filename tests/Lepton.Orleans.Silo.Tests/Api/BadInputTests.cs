using System.Net;
using System.Text;

namespace Lepton.Orleans.Silo.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class BadInputTests(LeptonServer server)
{
    private readonly ApiClient api = server.Api;

    [Theory]
    [InlineData("/api/recommend/u?n=-1", "n", "must be an integer from 0 to 1000")]
    [InlineData("/api/recommend/u?n=1001", "n", "must be an integer from 0 to 1000")]
    [InlineData("/api/recommend/u?n=ten", "n", "must be an integer from 0 to 1000")]
    [InlineData("/api/recommend/u?n=1.5", "n", "must be an integer from 0 to 1000")]
    [InlineData("/api/recommend/u?n=99999999999999999999", "n", "must be an integer from 0 to 1000")]
    [InlineData("/api/recommend/u?offset=-1", "offset", "must be an integer from 0 to 2147483647")]
    [InlineData("/api/recommend/u?category=a%2Fb", "category", "must not contain '/'")]
    [InlineData("/api/recommend/u?category=a&category=b", "category", "must be given once")]
    [InlineData("/api/recommend/u/a?category=b", "category", "must be given once")]
    [InlineData("/api/recommend/u?n=5&n=500", "n", "must be given once")]
    [InlineData("/api/recommend/u?offset=1&offset=1", "offset", "must be given once")]
    [InlineData("/api/users?cursor=a&cursor=b", "cursor", "must be given once")]
    [InlineData("/api/latest?user-id=a&user-id=b", "user-id", "must be given once")]
    [InlineData("/api/recommend/u?write-back-type=a&write-back-type=b", "write-back-type", "must be given once")]
    [InlineData("/api/recommend/u?write-back-delay=1&write-back-delay=2", "write-back-delay", "must be given once")]
    [InlineData("/api/v2/recommend/u?explain=true&explain=false", "explain", "must be given once")]
    [InlineData("/api/recommend/u?write-back-type=a%0Ab", "write-back-type", "must not contain control characters")]
    [InlineData("/api/v2/recommend/u?explain=maybe", "explain", "must be true or false")]
    [InlineData("/api/users?n=5000", "n", "must be an integer from 0 to 1000")]
    [InlineData("/api/latest?n=x", "n", "must be an integer from 0 to 1000")]
    [InlineData("/api/user/u/neighbors?offset=x", "offset", "must be an integer from 0 to 2147483647")]
    [InlineData("/api/user/a%2Fb", "path", "must not contain an encoded '/': ids must not contain '/'")]
    [InlineData("/api/item/a%2fb/neighbors", "path", "must not contain an encoded '/': ids must not contain '/'")]
    [InlineData("/api/user/a%01b", "UserId", "must not contain control characters")]
    [InlineData("/api/user/a%7Fb", "UserId", "must not contain control characters")]
    [InlineData("/api/user/%FF", "path", "must be percent-encoded UTF-8")]
    public async Task A_bad_path_or_query_is_named_with_its_rule(string path, string field, string rule) =>
        Assert.Equal(rule, await api.RuleAsync(field, "GET", path));

    [Theory]
    [InlineData("POST", "/api/feedback?async=true&async=true", "async")]
    [InlineData("PUT", "/api/feedback?async=&async=false", "async")]
    [InlineData("POST", "/api/v2/restore?backup=a&backup=b", "backup")]
    public async Task What_is_given_twice_is_named(string method, string path, string field) =>
        Assert.Equal("must be given once", await api.RuleAsync(field, method, path, "[]"));

    /// <summary>The HTTP server refuses it before anything of ours sees the request, and tells too late to write an answer.</summary>
    [Fact]
    public async Task A_path_with_the_character_nul_is_refused_without_a_document() =>
        Assert.Equal((400, ""), await RawHttp.SendAsync(server.Address, "GET", "/api/user/a%00b"));

    [Fact]
    public async Task An_id_in_a_path_may_have_256_bytes_but_not_257()
    {
        _ = await api.GetAsync($"/api/recommend/{new string('x', 256)}");
        Assert.Equal("must not be longer than 256 UTF-8 bytes", await api.RuleAsync("UserId", "GET", $"/api/recommend/{new string('x', 257)}"));
    }

    [Theory]
    [InlineData("-10m")]
    [InlineData("soon")]
    [InlineData("9000h")]
    public async Task A_bad_delay_is_refused_before_anything_is_recorded(string delay) => Assert.StartsWith(
        "must be a duration", await api.RuleAsync("write-back-delay", "GET", $"/api/recommend/u?write-back-type=read&write-back-delay={delay}"), StringComparison.Ordinal);

    [Theory]
    [InlineData("POST", "/api/feedback")]
    [InlineData("PUT", "/api/feedback")]
    [InlineData("POST", "/api/user")]
    [InlineData("POST", "/api/users")]
    [InlineData("POST", "/api/item")]
    [InlineData("POST", "/api/items")]
    [InlineData("PATCH", "/api/user/u")]
    [InlineData("PATCH", "/api/item/i")]
    [InlineData("POST", "/api/session/recommend")]
    public async Task Bodies_that_are_empty_malformed_or_of_another_type_are_refused(string method, string path)
    {
        Assert.Equal("must not be empty", await api.RuleAsync("$", method, path, ""));
        Assert.Equal("must be well-formed JSON; it is not at line 2, byte 3", await api.RuleAsync("$", method, path, path.EndsWith('s') || path.Contains("feedback") || path.Contains("session") ? "[\n  ?" : "{\n  ?"));
        Assert.StartsWith("must be a JSON", await api.RuleAsync("$", method, path, "7"), StringComparison.Ordinal);
        foreach (var type in new[] { "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "nonsense" })
        {
            _ = await api.ProblemAsync(HttpStatusCode.UnsupportedMediaType, method, path, "[]", $"Content-Type: {type}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("application/json")]
    [InlineData("application/json; charset=UTF-8")]
    [InlineData("application/merge-patch+json")]
    public async Task Json_is_read_under_each_of_its_names_and_under_none(string contentType)
    {
        var (status, body, _) = await api.SendAsync("POST", "/api/feedback", "[]", $"Content-Type: {contentType}");

        Assert.Equal((HttpStatusCode.OK, """{"RowAffected":0}"""), (status, body));
    }

    [Fact]
    public async Task A_byte_order_mark_is_passed_over() => Assert.Equal(0, await api.WriteAsync("POST", "/api/feedback", "\uFEFF[]"));

    [Fact]
    public async Task A_body_of_several_megabytes_in_chunks_is_read_whole()
    {
        var rows = $"[{new string(' ', 3_000_000)}]";
        using var client = new HttpClient { BaseAddress = server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/feedback", UriKind.Relative))
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(rows)),
        };
        request.Headers.TransferEncodingChunked = true;

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal("""{"RowAffected":0}""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_body_over_the_limit_is_a_413()
    {
        // Only the head is sent: the announced length alone is enough to refuse it.
        var (status, body) = await RawHttp.SendAsync(server.Address, "POST", "/api/feedback", headers: [$"Content-Length: {(32 * 1024 * 1024) + 1}"]);
        Assert.Equal(413, status);
        Assert.Contains("Lepton:Api:MaxBodyBytes", body, StringComparison.Ordinal);
        Assert.Contains("33554432 bytes", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_may_have_a_thousand_rows_but_not_more()
    {
        Assert.Equal("[]", (await api.OkAsync("POST", "/api/session/recommend?n=0", Session(1000))).ToString());
        Assert.Equal("must not have more than 1000 rows", await api.RuleAsync("$", "POST", "/api/session/recommend", Session(1001)));

        static object Session(int rows) => Enumerable.Range(0, rows).Select(i => new { FeedbackType = "like", ItemId = $"nothing {i}" });
    }

    [Fact]
    public async Task A_compressed_body_is_a_415_that_says_so()
    {
        var problem = await api.ProblemAsync(HttpStatusCode.UnsupportedMediaType, "POST", "/api/feedback", "[]", "Content-Encoding: gzip");

        Assert.Equal("Content-Encoding must be identity (or absent), not 'gzip'.", problem.GetProperty("detail").GetString());
        Assert.Equal(0, (await api.OkAsync("POST", "/api/feedback", "[]", "Content-Encoding: identity")).GetProperty("RowAffected").GetInt32());
    }

    [Theory]
    [InlineData("x")]
    [InlineData("3")]
    public async Task A_version_that_there_is_not_is_refused(string version)
    {
        var problem = await api.ProblemAsync(HttpStatusCode.BadRequest, "GET", "/api/recommend/u", null, $"X-API-Version: {version}");

        Assert.Equal("X-API-Version must be 1 or 2, or absent.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Head_is_answered_as_get_without_the_body()
    {
        var (status, body, response) = await api.SendAsync("HEAD", "/api/items");
        var (missing, _, _) = await api.SendAsync("HEAD", $"/api/item/{ApiClient.Unique("none")}");
        var (wrong, _, _) = await api.SendAsync("HEAD", "/api/session/recommend");

        Assert.Equal((HttpStatusCode.OK, "", "application/json"), (status, body, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed), (missing, wrong));
    }

    [Theory]
    [InlineData("GET", "/api/nothing")]
    [InlineData("GET", "/nothing")]
    [InlineData("GET", "/api/user//feedback")]
    [InlineData("POST", "/api/user/a/b/c/d")]
    public async Task An_unknown_route_is_a_404(string method, string path) => _ = await api.ProblemAsync(HttpStatusCode.NotFound, method, path);

    [Theory]
    [InlineData("PUT", "/api/user", "POST")]
    [InlineData("POST", "/api/recommend/u", "GET")]
    [InlineData("PATCH", "/api/feedback", "GET, POST, PUT")]
    [InlineData("DELETE", "/api/items", "GET, POST")]
    public async Task A_wrong_method_is_a_405_that_names_the_right_ones(string method, string path, string allowed)
    {
        var problem = await api.ProblemAsync(HttpStatusCode.MethodNotAllowed, method, path);

        Assert.Contains($"allowed: {allowed}", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OPTIONS", "*")]
    [InlineData("CONNECT", "somewhere:80")]
    [InlineData("GET", "http://somewhere/api/nothing")]
    public async Task Targets_of_other_forms_are_never_more_than_refused(string method, string target) =>
        Assert.InRange((await RawHttp.SendAsync(server.Address, method, target)).Status, 400, 499);

    [Fact]
    public async Task A_dot_segment_is_an_id_and_never_a_way_up()
    {
        var (status, body) = await RawHttp.SendAsync(server.Address, "GET", "/api/user/../users");

        Assert.Equal(404, status);
        Assert.Contains("no such route", body, StringComparison.Ordinal);
        Assert.Contains("does not exist", await AnswerAsync("/api/user/...."), StringComparison.Ordinal);
        _ = await api.OkAsync("POST", "/api/user", """{"UserId":".."}""");
        Assert.Contains("\"UserId\":\"..\"", await AnswerAsync("/api/user/.."), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bodies_of_random_bytes_are_never_more_than_refused()
    {
        var random = new Random(42);
        for (var i = 0; i < 200; i++)
        {
            var bytes = new byte[random.Next(1, 200)];
            random.NextBytes(bytes);
            var problem = await api.ProblemAsync(HttpStatusCode.BadRequest, i % 2 == 0 ? "POST" : "PUT", "/api/feedback", Encoding.Latin1.GetString(bytes));
            Assert.True(problem.TryGetProperty("errors", out _));
        }
    }

    private async Task<string> AnswerAsync(string target)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(server.Address.Host, server.Address.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
