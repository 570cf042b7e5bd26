namespace Lepton.Orleans.Silo.Telemetry;

/// <summary>
/// What the service tells about itself: <c>Lepton:Telemetry</c>. What OpenTelemetry itself reads, such as
/// <c>OTEL_EXPORTER_OTLP_HEADERS</c> and <c>OTEL_RESOURCE_ATTRIBUTES</c>, counts as well.
/// </summary>
public sealed class TelemetryOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Lepton:Telemetry";

    /// <summary>
    /// Whether anything is measured, and how it is told: <c>Scraped</c>, by Prometheus from <c>/metrics</c>, which needs a key where there are
    /// any (one of the role <c>metrics</c> can do nothing else); <c>Sent</c> to <c>OtlpEndpoint</c>; <c>Both</c>, by which each measurement is
    /// paid for twice; or <c>None</c>.
    /// </summary>
    public MetricsExport Metrics { get; set; } = MetricsExport.Scraped;

    /// <summary>Whether Prometheus reads metrics.</summary>
    internal bool AreMetricsScraped => Metrics is MetricsExport.Scraped or MetricsExport.Both;

    /// <summary>Whether metrics are sent by OTLP.</summary>
    internal bool AreMetricsSent => Metrics is MetricsExport.Sent or MetricsExport.Both;

    /// <summary>
    /// Whether Orleans' own dashboard of silos and grains is at <c>/dashboard/orleans</c>, behind an <c>admin</c> key where there are keys.
    /// It measures every call between grains, also while nobody looks.
    /// </summary>
    public bool OrleansDashboard { get; set; }

    /// <summary>
    /// Where traces and logs are sent by OTLP, such as <c>http://collector:4317</c>, and metrics where <c>Metrics</c> says so; absent: nowhere,
    /// and nothing is traced. Headers, timeouts and compression of one signal, such as <c>OTEL_EXPORTER_OTLP_TRACES_HEADERS</c>, are not read;
    /// <c>OTEL_EXPORTER_OTLP_HEADERS</c> goes with all.
    /// </summary>
    public string? OtlpEndpoint { get; set; }

    /// <summary>How they are sent: <c>grpc</c> or <c>http/protobuf</c>.</summary>
    public string OtlpProtocol { get; set; } = "grpc";

    /// <summary>The share of requests that are traced, 0 to 1; a caller's own decision to trace goes before it.</summary>
    public double TraceRatio { get; set; } = .01;
}
