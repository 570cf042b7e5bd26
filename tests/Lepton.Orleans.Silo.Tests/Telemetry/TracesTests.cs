using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Lepton.Orleans.Silo.Tests.Api;

namespace Lepton.Orleans.Silo.Tests.Telemetry;

[Collection(TelemetryCollection.Name)]
public sealed class TracesTests
{
    private static readonly string[] Sources = ["Microsoft.AspNetCore", "Microsoft.Orleans.Application", "Lepton.Orleans"];

    [Fact]
    public async Task A_trace_of_a_list_shows_edge_grain_and_ranking_stages_and_everything_reaches_the_collector()
    {
        await using var collector = await Collector.StartAsync(TestContext.Current.CancellationToken);
        var trace = ActivityTraceId.CreateRandom();
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => Sources.Contains(source.Name),
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

        var names = spans.ToDictionary(span => span.SpanId, span => span);
        var stage = spans.FirstOrDefault(span => span.OperationName == "rank candidates");
        Assert.True(stage is not null, $"The trace has {string.Join(", ", spans.Select(span => $"{span.Source.Name}: {span.OperationName}"))}.");
        var above = new List<string>();
        for (var span = stage; span is not null; span = names.GetValueOrDefault(span.ParentSpanId))
        {
            above.Add(span.Source.Name);
        }

        Assert.Equal(Sources.Reverse(), above.Distinct());
        Assert.Contains(spans, span => span.OperationName == "rank history");
        Assert.Contains(spans, span => span.OperationName == "rank page");
        var request = Assert.Single(spans, span => span.Source.Name == Sources[0]);
        Assert.Equal("GET /api/recommend/{user}", request.DisplayName);
        Assert.Equal("/api/recommend/{user}", request.GetTagItem("http.route"));
        Assert.Equal(200, request.GetTagItem("http.response.status_code"));

        // Where it was heard, how it was asked: nothing that names the user.
        Assert.DoesNotContain(request.TagObjects, tag => $"{tag.Value}".Contains("traced", StringComparison.Ordinal));
        Assert.Equal(["/v1/logs", "/v1/metrics", "/v1/traces"], collector.Bytes.Keys.Order(StringComparer.Ordinal));
        Assert.All(collector.Bytes.Values, bytes => Assert.True(bytes > 0));
    }

    // Traces nothing that its callers do not.
    private sealed class TracedServer(Uri collector) : LeptonServer
    {
        protected override IEnumerable<string> Settings =>
        [
            "--Lepton:Telemetry:OtlpEndpoint", collector.ToString(),
            "--Lepton:Telemetry:OtlpProtocol", "http/protobuf",
            "--Lepton:Telemetry:TraceRatio", "0",
        ];
    }
}
