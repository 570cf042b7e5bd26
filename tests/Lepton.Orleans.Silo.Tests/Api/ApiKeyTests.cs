using System.Net;

namespace Lepton.Orleans.Silo.Tests.Api;

public sealed class ApiKeyTests(KeyedServer server) : IClassFixture<KeyedServer>
{
    private readonly ApiClient api = server.Api;

    public static TheoryData<string, string, string, string> Requests => new()
    {
        { "GET", "/metrics", "", "metrics" },
        { "GET", "/api/users", "", "read" },
        { "GET", "/api/recommend/u", "", "read" },
        { "GET", "/api/v2/statistics", "", "read" },
        { "GET", "/api/v2/build", "", "read" },
        { "POST", "/api/session/recommend", "[]", "read" },
        { "POST", "/api/user", """{"UserId":"u"}""", "write" },
        { "PATCH", "/api/user/u", "{}", "write" },
        { "POST", "/api/items", "[]", "write" },
        { "POST", "/api/feedback", "[]", "write" },
        { "PUT", "/api/feedback", "[]", "write" },
        { "GET", "/api/recommend/u?write-back-type=read", "", "write" },
        { "GET", "/api/recommend/u?write%2Dback%2Dtype=read", "", "write" },
        { "DELETE", "/api/user/nobody", "", "admin" },
        { "DELETE", "/api/item/nothing", "", "admin" },
        { "DELETE", "/api/feedback/u/i", "", "write" },
        { "POST", "/api/v2/build", "", "admin" },
        { "DELETE", "/api/v2/build", "", "admin" },
        { "GET", "/api/v2/repair", "", "read" },
        { "POST", "/api/v2/repair", "", "admin" },
        { "GET", "/api/v2/erasure/nobody", "", "admin" },
        { "GET", "/api/v2/writes", "", "read" },
        { "POST", "/api/v2/writes/pause?seconds=0", "", "admin" },
        { "POST", "/api/v2/writes/resume", "", "admin" },
        { "GET", "/api/v2/backup", "", "admin" },
        { "POST", "/api/v2/restore", "", "admin" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Each_role_may_do_what_it_may_and_no_more(string method, string path, string body, string needed)
    {
        string[] roles = ["metrics", "read", "write", "admin"];
        foreach (var (key, role) in new[] { ("the-monitor", "metrics"), ("the-reader", "read"), ("the-writer", "write"), ("the-admin", "admin") })
        {
            var (status, text, _) = await api.SendAsync(method, path, body.Length > 0 ? body : null, $"X-API-Key: {key}");
            var isAllowed = Array.IndexOf(roles, role) >= Array.IndexOf(roles, needed);
            Assert.True((status != HttpStatusCode.Forbidden) == isAllowed, $"{method} {path} with {role} answered {status}: {text}");
            Assert.NotEqual(HttpStatusCode.Unauthorized, status);
        }
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Without_a_key_or_with_a_wrong_one_every_request_is_a_401(string method, string path, string body, string needed)
    {
        Assert.NotEqual("", needed);
        foreach (var headers in new string[][] { [], ["X-API-Key: wrong"], ["X-API-Key: the-adminx"], ["X-API-Key: the-admi"] })
        {
            var problem = await api.ProblemAsync(HttpStatusCode.Unauthorized, method, path, body.Length > 0 ? body : null, headers);
            Assert.Contains("X-API-Key", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Bearer the-monitor", HttpStatusCode.OK)]
    [InlineData("bearer the-monitor", HttpStatusCode.OK)]
    [InlineData("Bearer the-admin", HttpStatusCode.OK)]
    [InlineData("Bearer wrong", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer ", HttpStatusCode.Unauthorized)]
    [InlineData("Basic the-admin", HttpStatusCode.Unauthorized)]
    public async Task A_key_may_come_as_a_bearer_token_as_Prometheus_sends_it(string authorization, HttpStatusCode expected) =>
        Assert.Equal(expected, (await api.SendAsync("GET", "/metrics", null, $"Authorization: {authorization}")).Status);

    [Fact]
    public async Task A_refusal_says_which_role_is_needed()
    {
        var problem = await api.ProblemAsync(HttpStatusCode.Forbidden, "DELETE", "/api/user/u", null, "X-API-Key: the-writer");

        Assert.Equal("The key has the role write; this needs admin.", problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("/api/health/live")]
    [InlineData("/api/health/ready")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/docs/")]
    public async Task Health_and_documentation_need_no_key(string path) =>
        Assert.Equal(HttpStatusCode.OK, (await api.SendAsync("GET", path)).Status);

    [Fact]
    public async Task An_encoded_path_is_no_way_around_the_key() =>
        Assert.Equal(401, (await RawHttp.SendAsync(server.Address, "GET", "/%61pi/users")).Status);

    [Fact]
    public async Task The_limit_of_bodies_is_a_setting()
    {
        _ = await api.OkAsync("POST", "/api/feedback", $"[{new string(' ', 4000)}]", "X-API-Key: the-admin");
        _ = await api.ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "POST", "/api/feedback", $"[{new string(' ', 5000)}]", "X-API-Key: the-admin");
    }
}
