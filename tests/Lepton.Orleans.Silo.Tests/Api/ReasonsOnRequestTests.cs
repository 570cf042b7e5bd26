using System.Net;
using System.Text.Json;
using Lepton.Orleans.Silo.Tests.Faults;

namespace Lepton.Orleans.Silo.Tests.Api;

public sealed class ReasonsOnRequestTests
{
    [Theory]
    [InlineData("/api/v2/recommend/u?n=3&offset=2&category=film")]
    [InlineData("/api/v2/recommend/u?n=3&offset=2&category=film&explain=false")]
    public async Task No_reasons_are_worked_out_that_nobody_asked_for(string path)
    {
        // A grain that cannot explain: whoever asks it for reasons fails.
        await using var edge = await ScriptedEdge.StartAsync((_, _) => new ScriptedLists(describe: request =>
        {
            Assert.Equal(new RecommendRequest { Count = 3, Offset = 2, Category = "film" }, request);
            return new RecommendationList { Items = [new Recommendation { ItemId = "i", Title = "Title", Score = 1.5 }], UserVersion = 7 };
        }));

        using var response = await edge.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        using var list = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var place = list.RootElement.GetProperty("Items")[0];
        Assert.Equal(("i", "Title", 1.5), (place.GetProperty("ItemId").GetString(), place.GetProperty("Title").GetString(), place.GetProperty("Score").GetDouble()));
        Assert.Equal(0, place.GetProperty("Reasons").GetArrayLength());
        Assert.Equal(7, list.RootElement.GetProperty("UserVersion").GetInt64());
    }
}
