using System.Net;
using Lepton.Orleans.Silo.Tests.Api;

namespace Lepton.Orleans.Silo.Tests.Telemetry;

[Collection(TelemetryCollection.Name)]
public sealed class NoMetricsTests(NoMetricsTests.SilentServer server) : IClassFixture<NoMetricsTests.SilentServer>
{
    [Fact]
    public async Task Where_nothing_is_measured_there_is_nothing_to_scrape()
    {
        _ = await server.Api.ProblemAsync(HttpStatusCode.NotFound, "GET", "/metrics");
        _ = await server.Api.GetAsync("/api/recommend/anyone?n=5");
    }

    /// <summary>A server that measures nothing.</summary>
    public sealed class SilentServer : LeptonServer
    {
        protected override IEnumerable<string> Settings => ["--Lepton:Telemetry:Metrics", "None"];
    }
}
