using Lepton.Orleans.Silo.Apis.Contracts;
using Lepton.Orleans.Silo.Apis.Documentation;
using Lepton.Orleans.Silo.Apis.Problems;
using Lepton.Orleans.Silo.Apis.Responses;
using Lepton.Orleans.Silo.Security;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>What orchestrators and load balancers ask.</summary>
internal static class HealthApi
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapHealthApi(this IEndpointRouteBuilder app)
    {
        var readiness = app.ServiceProvider.GetRequiredService<Readiness>();
        app.MapGet("/api/health/live", static context => JsonResponse.WriteContractAsync(context, new LiveDocument(true)))
            .AllowWithoutKey()
            .Describe(new ApiOperation("checkLive", ApiTags.Health, "Ask whether the process answers")
            {
                Response = typeof(LiveDocument), NeedsStore = false,
            });
        app.MapGet("/api/health/ready", context => ReadyAsync(context, readiness))
            .AllowWithoutKey()
            .Describe(new ApiOperation("checkReady", ApiTags.Health, "Ask whether the service can do its work: every check passes, and it is not leaving")
            {
                Response = typeof(ReadyDocument),
            });
    }

    private static async Task ReadyAsync(HttpContext context, Readiness readiness)
    {
        if (await readiness.ObstacleAsync(context.RequestAborted) is { } obstacle)
        {
            await new Problem(StatusCodes.Status503ServiceUnavailable, obstacle) { RetryAfter = TimeSpan.FromSeconds(1) }.WriteAsync(context);
            return;
        }

        await JsonResponse.WriteContractAsync(context, new ReadyDocument(true, true, true));
    }
}
