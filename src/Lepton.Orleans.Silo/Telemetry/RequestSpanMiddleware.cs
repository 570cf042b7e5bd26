using System.Diagnostics;
using Lepton.Orleans.Silo.Apis.Problems;
using Microsoft.Extensions.Options;
using Source = Lepton.Orleans.Grains.Diagnostics.Telemetry;

namespace Lepton.Orleans.Silo.Telemetry;

/// <summary>
/// The span of a request, with method, route and status as OpenTelemetry names them. Whether a request is traced is decided before
/// anything is made: by its caller, where it sends a <c>traceparent</c>, else by <see cref="TelemetryOptions.TraceRatio"/>. ASP.NET
/// Core's own spans are not used, since they are made for every request that is not traced as well, and name the path, and with it a
/// user. Stands behind routing.
/// </summary>
internal sealed class RequestSpanMiddleware(RequestDelegate next, IOptions<TelemetryOptions> options)
{
    private const string TraceParent = "traceparent";
    private const string TraceState = "tracestate";

    private readonly double _ratio = options.Value.TraceRatio;

    /// <summary>Runs the request.</summary>
    public Task InvokeAsync(HttpContext context) => IsTraced(context.Request.Headers, out var parent) ? RunAsync(context, parent) : next(context);

    private bool IsTraced(IHeaderDictionary headers, out ActivityContext parent)
    {
        parent = default;
        return headers.TryGetValue(TraceParent, out var given) && ActivityContext.TryParse(given, headers[TraceState], isRemote: true, out parent)
            ? parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
            : Random.Shared.NextDouble() < _ratio;
    }

    private async Task RunAsync(HttpContext context, ActivityContext parent)
    {
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        var method = context.Request.Method;
        using var span = Source.Spans.StartActivity($"{method} {route}".TrimEnd(), ActivityKind.Server, parent);
        span?.SetTag("http.request.method", method).SetTag("http.route", route);
        try
        {
            await next(context);
            SetStatus(span, context.Response.StatusCode);
        }
        catch (Exception exception)
        {
            SetStatus(span, ProblemMapping.Of(exception, RequestEffect.Asks).Status);
            throw;
        }
    }

    private static void SetStatus(Activity? span, int status)
    {
        span?.SetTag("http.response.status_code", status);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            span?.SetStatus(ActivityStatusCode.Error);
        }
    }
}
