namespace Lepton.Orleans.Silo.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class OperationsApiTests(LeptonServer server)
{
    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task A_running_service_is_live_and_ready()
    {
        Assert.True((await api.GetAsync("/api/health/live")).GetProperty("Live").GetBoolean());
        Assert.True((await api.GetAsync("/api/health/ready/")).GetProperty("Ready").GetBoolean());
    }

    [Fact]
    public async Task Statistics_count_what_is_written()
    {
        var before = (await api.GetAsync("/api/v2/statistics")).GetProperty("Items").GetInt64();
        await api.WriteAsync("POST", "/api/items", Enumerable.Range(0, 5).Select(_ => new { ItemId = ApiClient.Unique("counted") }));

        _ = await api.EventuallyAsync("/api/v2/statistics", statistics => statistics.GetProperty("Items").GetInt64() >= before + 5);
    }

    [Fact]
    public async Task A_repair_is_started_and_reports_what_it_scanned()
    {
        var id = ApiClient.Unique("sound");
        await api.WriteAsync("POST", "/api/feedback", new[] { new { FeedbackType = "like", UserId = id, ItemId = id } });

        Assert.Equal("Running", (await api.OkAsync("POST", "/api/v2/repair")).GetProperty("State").GetString());
        var report = await api.EventuallyAsync("/api/v2/repair", status => status.GetProperty("State").GetString() != "Running");
        Assert.Equal("Succeeded", report.GetProperty("State").GetString());
        Assert.True(report.GetProperty("Seconds").GetDouble() > 0);
        foreach (var index in new[] { "Users", "Items", "ItemFeedback" })
        {
            Assert.True(report.GetProperty(index).GetProperty("Scanned").GetInt64() > 0);
            Assert.Equal(0, report.GetProperty(index).GetProperty("Mended").GetInt64());
        }
    }

    [Fact]
    public async Task A_build_is_started_watched_and_may_be_cancelled()
    {
        var id = ApiClient.Unique("trained");
        await api.WriteAsync("POST", "/api/feedback", Enumerable.Range(0, 200).Select(i => new
        {
            FeedbackType = "like", UserId = $"{id}-{i % 20}", ItemId = $"{id}-{i % 17}",
        }));

        var started = await api.OkAsync("POST", "/api/v2/build");
        Assert.True(started.GetProperty("State").GetString() is "Running" or "Succeeded", $"A build was started, but {started}.");
        var finished = await api.EventuallyAsync("/api/v2/build", status => status.GetProperty("State").GetString() != "Running");
        Assert.Equal("Succeeded", finished.GetProperty("State").GetString());
        Assert.True(finished.GetProperty("ModelVersion").GetInt64() > 0);
        Assert.NotEqual("Running", (await api.OkAsync("DELETE", "/api/v2/build")).GetProperty("State").GetString());
    }
}
