using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Lepton.Orleans.Silo.Tests.Api;

namespace Lepton.Orleans.Silo.Tests.Telemetry;

[Collection(TelemetryCollection.Name)]
public sealed class TracesTests
{
    [Fact]
    public async Task A_trace_of_a_list_shows_edge_grain_and_ranking_stages_and_everything_reaches_the_collector()
    {
        await using var collector = await Collector.StartAsync(TestContext.Current.CancellationToken);
        var trace = ActivityTraceId.CreateRandom();
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Lepton.Orleans",
            ActivityStopped = span =>
            {
                if (span.TraceId == trace)
                {
                    spans.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using (var server = new TracedServer(collector.Address))
        {
            await server.InitializeAsync();
            _ = await server.Api.OkAsync("GET", "/api/recommend/traced?n=5", null, $"traceparent: 00-{trace}-{ActivitySpanId.CreateRandom()}-01");
            var (status, _, _) = await server.Api.SendAsync("GET", "/api/recommend/traced?n=-1");
            Assert.Equal(HttpStatusCode.BadRequest, status); // and a line in the log
        }

        var byId = spans.ToDictionary(span => span.SpanId);
        var above = new List<string>();
        for (var span = spans.FirstOrDefault(span => span.OperationName == "rank candidates"); span is not null; span = byId.GetValueOrDefault(span.ParentSpanId))
        {
            above.Add(span.GetTagItem("rpc.system") as string ?? (span.GetTagItem("http.route") is null ? "stage" : "edge"));
        }

        // Either side of a call makes a span.
        Assert.Equal(["stage", "orleans", "orleans", "edge"], above);
        Assert.Contains(spans, span => span.OperationName == "rank history");
        Assert.Contains(spans, span => span.OperationName == "rank page");
        var request = Assert.Single(spans, span => span.GetTagItem("http.route") is not null);
        Assert.Equal("GET /api/recommend/{user}", request.DisplayName);
        Assert.Equal("/api/recommend/{user}", request.GetTagItem("http.route"));
        Assert.Equal(200, request.GetTagItem("http.response.status_code"));

        Assert.DoesNotContain(spans.SelectMany(span => span.TagObjects), tag => $"{tag.Value}".Contains("traced", StringComparison.Ordinal)); // the user
        Assert.Equal(["/v1/logs", "/v1/traces"], collector.Bytes.Keys.Order(StringComparer.Ordinal));
        Assert.All(collector.Bytes.Values, bytes => Assert.True(bytes > 0));
    }

    [Theory]
    [InlineData("Sent", HttpStatusCode.NotFound)]
    [InlineData("Both", HttpStatusCode.OK)]
    public async Task Metrics_are_sent_instead_of_or_beside_being_scraped(string metrics, HttpStatusCode scraped)
    {
        await using var collector = await Collector.StartAsync(TestContext.Current.CancellationToken);
        await using (var server = new TracedServer(collector.Address, "--Lepton:Telemetry:Metrics", metrics))
        {
            await server.InitializeAsync();
            var (status, _, _) = await server.Api.SendAsync("GET", "/metrics");
            Assert.Equal(scraped, status);
        }

        Assert.True(collector.Bytes.GetValueOrDefault("/v1/metrics") > 0);
    }

    // Traces nothing that its callers do not.
    private sealed class TracedServer(Uri collector, params string[] more) : LeptonServer
    {
        protected override IEnumerable<string> Settings =>
        [
            "--Lepton:Telemetry:OtlpEndpoint", collector.ToString(),
            "--Lepton:Telemetry:OtlpProtocol", "http/protobuf",
            "--Lepton:Telemetry:TraceRatio", "0",
            .. more,
        ];
    }
}
