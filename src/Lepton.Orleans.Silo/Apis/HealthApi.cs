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
            .Describe(new ApiOperation("checkReady", ApiTags.Health, "Ask whether the service can be given requests")
            {
                Description = "It has met its store and holds what lists are ranked from, is not cut off from its cluster, and is not leaving. While the store is "
                    + "away later, DataStoreConnected is false: lists are answered from memory, and what needs the store with a 503 and Retry-After.",
                Response = typeof(ReadyDocument),
            });
    }

    private static async Task ReadyAsync(HttpContext context, Readiness readiness)
    {
        var (obstacle, lack) = await readiness.AskAsync(context.RequestAborted);
        if (obstacle is not null)
        {
            await new Problem(StatusCodes.Status503ServiceUnavailable, obstacle) { RetryAfter = TimeSpan.FromSeconds(1) }.WriteAsync(context);
            return;
        }

        await JsonResponse.WriteContractAsync(context, new ReadyDocument(true, lack is null, lack is null));
    }
}
