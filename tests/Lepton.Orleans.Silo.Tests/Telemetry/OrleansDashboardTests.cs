using System.Net;
using System.Text;
using Lepton.Orleans.Silo.Tests.Api;

namespace Lepton.Orleans.Silo.Tests.Telemetry;

[Collection(TelemetryCollection.Name)]
public sealed class OrleansDashboardTests(OrleansDashboardTests.WatchedServer server) : IClassFixture<OrleansDashboardTests.WatchedServer>
{
    private const string Path = "/dashboard/orleans/";

    [Fact]
    public async Task The_dashboard_of_Orleans_shows_itself_to_an_admin()
    {
        var (status, page, response) = await server.Api.SendAsync("GET", Path, null, "X-API-Key: the-admin");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("<script", page, StringComparison.OrdinalIgnoreCase);

        // What the page asks for: this silo, which is counted by a grain a second, and grains by type.
        var counters = "";
        for (var deadline = DateTime.UtcNow.AddSeconds(30); !counters.Contains("siloAddress", StringComparison.OrdinalIgnoreCase) && DateTime.UtcNow < deadline;)
        {
            (_, counters, _) = await server.Api.SendAsync("GET", Path + "DashboardCounters", null, "X-API-Key: the-admin");
        }

        Assert.Contains("siloAddress", counters, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("anyone:the-admin", HttpStatusCode.OK)]
    [InlineData(":the-admin", HttpStatusCode.OK)]
    [InlineData("anyone:the-reader", HttpStatusCode.Forbidden)]
    [InlineData("the-admin", HttpStatusCode.Unauthorized)]
    [InlineData("the-admin:", HttpStatusCode.Unauthorized)]
    public async Task A_browser_asks_a_person_for_the_key_as_a_password(string credentials, HttpStatusCode expected)
    {
        var (status, _, response) = await server.Api.SendAsync("GET", Path, null, $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}");
        Assert.Equal(expected, status);
        Assert.Equal(expected == HttpStatusCode.Unauthorized ? "Basic" : null, response.Headers.WwwAuthenticate.FirstOrDefault()?.Scheme);
    }

    [Fact]
    public async Task Nothing_else_takes_a_key_as_a_password()
    {
        var basic = $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("anyone:the-admin"))}";
        _ = await server.Api.ProblemAsync(HttpStatusCode.Unauthorized, "GET", "/api/users", null, basic);
        _ = await server.Api.ProblemAsync(HttpStatusCode.Unauthorized, "GET", "/metrics", null, basic);
        _ = await server.Api.ProblemAsync(HttpStatusCode.Unauthorized, "DELETE", "/api/user/anna", null, basic);
    }

    [Fact]
    public async Task It_is_not_there_where_nobody_asked_for_it()
    {
        await using var silent = new KeyedServer();
        await silent.InitializeAsync();
        _ = await silent.Api.ProblemAsync(HttpStatusCode.NotFound, "GET", Path, null, "X-API-Key: the-admin");
    }

    /// <summary>A server with the dashboard.</summary>
    public sealed class WatchedServer : LeptonServer
    {
        protected override IEnumerable<string> Settings =>
        [
            "--Lepton:Telemetry:OrleansDashboard", "true",
            "--Lepton:ApiKeys:0", "the-admin",
            "--Lepton:ApiKeys:1:Key", "the-reader", "--Lepton:ApiKeys:1:Role", "read",
        ];
    }
}
