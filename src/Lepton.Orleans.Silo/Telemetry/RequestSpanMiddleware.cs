using System.Diagnostics;
using Lepton.Orleans.Silo.Apis.Problems;
using Microsoft.AspNetCore.Http.Features;

namespace Lepton.Orleans.Silo.Telemetry;

/// <summary>
/// Names the span of a request that is traced, as OpenTelemetry does: method, route and status. What .NET itself would add
/// names the path, and with it a user. Stands behind routing.
/// </summary>
internal sealed class RequestSpanMiddleware(RequestDelegate next)
{
    /// <summary>Runs the request.</summary>
    public Task InvokeAsync(HttpContext context) =>
        context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span && context.GetEndpoint() is RouteEndpoint endpoint
            ? RunAsync(context, span, endpoint.RoutePattern.RawText)
            : next(context);

    private async Task RunAsync(HttpContext context, Activity span, string? route)
    {
        span.DisplayName = $"{context.Request.Method} {route}";
        span.SetTag("http.request.method", context.Request.Method);
        span.SetTag("http.route", route);
        try
        {
            await next(context);
            SetStatus(span, context.Response.StatusCode);
        }
        catch (Exception exception)
        {
            SetStatus(span, ProblemMapping.Of(exception).Status);
            throw;
        }
    }

    private static void SetStatus(Activity span, int status)
    {
        span.SetTag("http.response.status_code", status);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }
}
