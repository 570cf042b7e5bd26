using System.Diagnostics;
using Lepton.Orleans.ClusterTests.Clusters;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Monitoring;

public sealed class TraceTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const string Edge = "GET /api/recommend/{user}";

    [Fact]
    public async Task A_trace_of_one_list_goes_from_the_edge_of_one_silo_to_the_grain_and_the_ranking_stages_of_another()
    {
        await using var collector = new TraceCollector();
        (string, string)[] telemetry =
        [
            ("Lepton:Telemetry:OtlpEndpoint", collector.Address), ("Lepton:Telemetry:OtlpProtocol", "http/protobuf"), ("Lepton:Telemetry:TraceRatio", "0"),
        ];
        await StartClusterAsync(1, [("Lepton:Roles", "users,items,recommendations,training"), .. telemetry]);
        var api = SiloProcess.In(Consul, Redis, [("Lepton:Roles", "api"), .. telemetry]);
        Silos.Add(await StartAsync(api));
        await MembersAsync(2, Active);

        var trace = ActivityTraceId.CreateRandom().ToString();
        using var client = new HttpClient { BaseAddress = api.Address, DefaultRequestHeaders = { { "traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01" } } };
        await Eventually.TrueAsync(
            async token => (await client.GetAsync(new Uri("api/recommend/anna?n=5", UriKind.Relative), token)).IsSuccessStatusCode, "a list must be answered", Deadline, Cancelled);
        await Eventually.TrueAsync(
            _ => Task.FromResult(PathTo("rank page", collector.Of(trace)) is [.., { Name: Edge }]), "the spans must come", Deadline, Cancelled);

        foreach (var stage in new[] { "rank history", "rank candidates", "rank page" })
        {
            var path = PathTo(stage, collector.Of(trace));
            Output.WriteLine(string.Join(" < ", path.Select(span => $"{span.Name} ({span.Source}, {span.Instance})")));
            Assert.Contains(path[1..^1], span => span.Name.StartsWith("IUserGrain/", StringComparison.Ordinal) || span.Name.StartsWith("IRecommendationGrain/", StringComparison.Ordinal));
            Assert.Equal(2, path.Select(span => span.Instance).Distinct().Count());
            Assert.NotEqual(path[0].Instance, path[^1].Instance);
            Assert.Equal(Edge, path[^1].Name);
        }
    }

    // The span and all that are above it.
    private static List<TraceSpan> PathTo(string name, IReadOnlyList<TraceSpan> spans)
    {
        var path = new List<TraceSpan>();
        for (var span = spans.FirstOrDefault(span => span.Name == name); span is not null; span = spans.FirstOrDefault(above => above.SpanId == path[^1].ParentId))
        {
            path.Add(span);
        }

        return path;
    }
}
