using Lepton.Orleans.Silo.Apis.Contracts;
using Lepton.Orleans.Silo.Apis.Documentation;
using Lepton.Orleans.Silo.Apis.Problems;
using Lepton.Orleans.Silo.Apis.Responses;
using Lepton.Orleans.Silo.Security;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>What orchestrators and load balancers ask.</summary>
internal static class HealthApi
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapHealthApi(this IEndpointRouteBuilder app)
    {
        var checks = app.ServiceProvider.GetRequiredService<HealthCheckService>();
        var lifetime = app.ServiceProvider.GetRequiredService<IHostApplicationLifetime>();
        app.MapGet("/api/health/live", static context => JsonResponse.WriteContractAsync(context, new LiveDocument(true)))
            .AllowWithoutKey()
            .Describe(new ApiOperation("checkLive", ApiTags.Health, "Ask whether the process answers")
            {
                Response = typeof(LiveDocument), NeedsStore = false,
            });
        app.MapGet("/api/health/ready", context => ReadyAsync(context, checks, lifetime))
            .AllowWithoutKey()
            .Describe(new ApiOperation("checkReady", ApiTags.Health, "Ask whether the service can do its work: every check passes, and it is not leaving")
            {
                Response = typeof(ReadyDocument),
            });
    }

    private static async Task ReadyAsync(HttpContext context, HealthCheckService checks, IHostApplicationLifetime lifetime)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await NotReady("The service is leaving.").WriteAsync(context);
            return;
        }

        var report = await checks.CheckHealthAsync(context.RequestAborted);
        if (report.Status == HealthStatus.Unhealthy)
        {
            var failed = report.Entries.Where(entry => entry.Value.Status == HealthStatus.Unhealthy);
            await NotReady(string.Join(' ', failed.Select(entry => $"{entry.Key}: {entry.Value.Description}"))).WriteAsync(context);
            return;
        }

        await JsonResponse.WriteContractAsync(context, new ReadyDocument(true, true, true));
    }

    private static Problem NotReady(string detail) =>
        new(StatusCodes.Status503ServiceUnavailable, detail) { RetryAfter = TimeSpan.FromSeconds(1) };
}
