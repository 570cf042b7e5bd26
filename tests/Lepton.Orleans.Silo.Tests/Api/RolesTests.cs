using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Lepton.Orleans.Silo.Tests.Api;

public sealed class RolesTests(ServerWithoutTraining server) : IClassFixture<ServerWithoutTraining>
{
    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task A_service_without_training_makes_lists_and_says_at_once_which_role_a_build_needs()
    {
        var id = ApiClient.Unique("film");
        await api.WriteAsync("POST", "/api/items", new[] { new { ItemId = id } });
        _ = await api.EventuallyAsync("/api/recommend/somebody", list => list.GetArrayLength() > 0);
        Assert.True((await api.GetAsync("/api/health/ready")).GetProperty("Ready").GetBoolean());

        using var http = new HttpClient { BaseAddress = server.Address };
        foreach (var path in new[] { "api/v2/build", "api/v2/repair" })
        {
            using var response = await http.PostAsync(new Uri(path, UriKind.Relative), content: null, TestContext.Current.CancellationToken);
            var problem = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.NotNull(response.Headers.RetryAfter);
            Assert.Contains("No silo of the cluster has the role 'training'", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }
}
