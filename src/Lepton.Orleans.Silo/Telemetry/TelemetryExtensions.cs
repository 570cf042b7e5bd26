using Lepton.Orleans.Silo.Security;
using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Orleans.Dashboard;
using Source = Lepton.Orleans.Grains.Diagnostics.Telemetry;

namespace Lepton.Orleans.Silo.Telemetry;

/// <summary>What the service tells about itself: metrics that are scraped or sent by OTLP, and traces and logs by OTLP.</summary>
internal static class TelemetryExtensions
{
    /// <summary>OTLP over gRPC.</summary>
    public const string Grpc = "grpc";

    /// <summary>OTLP over HTTP.</summary>
    public const string Http = "http/protobuf";

    private const string Dashboard = "/dashboard/orleans";
    private const string ServiceName = "lepton";
    private const string KafkaStreams = "Lepton.Orleans.Streaming.Kafka";
    private const string RequestDuration = "http.server.request.duration";

    // The usual buckets begin at 5 ms, where most lists have long been sent.
    private static readonly double[] RequestBounds = [.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];

    // Of other people's meters, what the board and the alerts show: each instrument more is paid for by every message.
    private static readonly HashSet<string> Kept = new(StringComparer.Ordinal)
    {
        RequestDuration,
        "kestrel.active_connections",
        "kestrel.rejected_connections",
        "orleans-catalog-activations",
        "orleans-grains",
        "orleans-catalog-activation-created",
        "orleans-catalog-activation-destroyed",
        "orleans-app-requests-latency",
        "orleans-app-requests-timedout",
        "orleans-messaging-sent-messages-size",
        "orleans-messaging-received-messages-size",
        "orleans-messaging-sent-local",
        "orleans-messaging-sent-failed",
        "orleans-messaging-rejected",
        "orleans-messaging-expired",
        "orleans-scheduler-long-running-turns",
    };

    private static readonly string[] Others = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.Orleans"];

    /// <summary>Adds what is set in <c>Lepton:Telemetry</c>.</summary>
    public static void AddLeptonTelemetry(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<TelemetryOptions>().BindConfiguration(TelemetryOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TelemetryOptions>, TelemetryOptionsValidator>();
        services.AddHostedService<MembershipMetrics>();

        // Which parts there are is decided before anything can be resolved; what is wrong with the values is said at start-up.
        var options = builder.Configuration.GetSection(TelemetryOptions.Section).Get<TelemetryOptions>() ?? new TelemetryOptions();
        if (options.OrleansDashboard)
        {
            builder.Host.UseOrleans(silo => silo.AddDashboard());
        }

        var isSent = Uri.TryCreate(options.OtlpEndpoint, UriKind.Absolute, out _);
        if (options.Metrics == MetricsExport.None && !isSent)
        {
            return;
        }

        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService(
            ServiceName,
            serviceVersion: typeof(TelemetryExtensions).Assembly.GetName().Version?.ToString(3),
            serviceInstanceId: $"{Environment.MachineName}:{Environment.ProcessId}"));
        if (options.Metrics != MetricsExport.None)
        {
            telemetry.WithMetrics(metrics => AddMetrics(metrics, options));
        }

        if (isSent)
        {
            builder.Host.UseOrleans(silo => silo.AddOutgoingGrainCallFilter<GrainCallSpans>().AddIncomingGrainCallFilter<GrainCallSpans>());
            telemetry
                .WithTracing(traces => AddTraces(traces).AddOtlpExporter(otlp => To(otlp, options, "v1/traces")))
                .WithLogging(logs => logs.AddOtlpExporter(otlp => To(otlp, options, "v1/logs")));
        }
    }

    /// <summary>Names the spans of requests, and maps what Prometheus reads.</summary>
    public static void MapLeptonTelemetry(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<TelemetryOptions>>().Value;
        if (!string.IsNullOrEmpty(options.OtlpEndpoint))
        {
            app.UseMiddleware<RequestSpanMiddleware>();
        }

        if (options.OrleansDashboard)
        {
            app.MapOrleansDashboard(Dashboard).RequireRoleInBrowser(ApiRole.Admin).DisableHttpMetrics();
        }

        if (options.AreMetricsScraped)
        {
            app.MapPrometheusScrapingEndpoint("/metrics").RequireRole(ApiRole.Metrics).DisableHttpMetrics();
        }
    }

    private static void AddMetrics(MeterProviderBuilder metrics, TelemetryOptions options)
    {
        metrics
            .AddMeter(Source.Name, KafkaStreams, "System.Runtime")
            .AddMeter(Others)
            .AddView(instrument => !Others.Contains(instrument.Meter.Name) || Kept.Contains(instrument.Name) ? null : MetricStreamConfiguration.Drop)
            .AddView(RequestDuration, new ExplicitBucketHistogramConfiguration { Boundaries = RequestBounds });
        if (options.AreMetricsScraped)
        {
            metrics.AddPrometheusExporter(prometheus => prometheus.ScopeInfoEnabled = false);
        }

        if (options.AreMetricsSent)
        {
            metrics.AddOtlpExporter(otlp => To(otlp, options, "v1/metrics"));
        }
    }

    // A span is asked for where a request is traced already, or is to be.
    private static TracerProviderBuilder AddTraces(TracerProviderBuilder traces) => traces.SetSampler(new AlwaysOnSampler()).AddSource(Source.Name);

    // Over HTTP each signal has a path of its own, which an exporter adds to an address that it was not given.
    private static void To(OtlpExporterOptions otlp, TelemetryOptions options, string path)
    {
        var endpoint = new Uri(options.OtlpEndpoint!);
        var isHttp = options.OtlpProtocol == Http;
        otlp.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        otlp.Endpoint = isHttp ? new Uri($"{endpoint.ToString().TrimEnd('/')}/{path}") : endpoint;
    }
}
