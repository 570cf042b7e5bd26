using System.Net;
using System.Net.Http.Json;
using Lepton.Orleans.Silo.Tests.Api;

namespace Lepton.Orleans.Silo.Tests.Kafka;

public sealed class NoBrokerTests(NoBrokerTests.Server server) : IClassFixture<NoBrokerTests.Server>
{
    [Fact]
    public async Task Asynchronous_feedback_is_refused_for_now_and_all_else_goes_on()
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        object[] rows = [new { FeedbackType = "like", UserId = "anna", ItemId = "tea", Timestamp = "2024-05-02T10:00:00Z" }];
        using var answer = await http.PostAsJsonAsync(new Uri("/api/feedback?async=true", UriKind.Relative), rows, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.ToString());
        Assert.NotNull(answer.Headers.RetryAfter?.Delta);
        Assert.Contains("Kafka", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(1, await server.Api.WriteAsync("POST", "/api/feedback", rows));
        Assert.Equal(["tea"], (await server.Api.GetAsync("/api/user/anna/feedback")).EnumerateArray().Select(row => row.GetProperty("ItemId").GetString()));
    }

    /// <summary>A service whose broker does not answer.</summary>
    public sealed class Server : LeptonServer
    {
        // Nobody listens at the port for discarding.
        protected override IEnumerable<string> Settings => ["--Lepton:Kafka", "127.0.0.1:9", "--Lepton:Kafka:Events:FeedbackAccepted", "true", "--Logging:LogLevel:Default", "Error"];
    }
}
