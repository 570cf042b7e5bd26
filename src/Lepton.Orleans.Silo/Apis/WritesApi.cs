using System.Globalization;
using Lepton.Orleans.Grains.Pauses;
using Lepton.Orleans.Silo.Apis.Documentation;
using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Apis.Problems;
using Lepton.Orleans.Silo.Apis.Requests;
using Lepton.Orleans.Silo.Apis.Responses;
using Lepton.Orleans.Silo.Security;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>Whether writes are taken: they are paused for the end of a move to another service.</summary>
internal static class WritesApi
{
    private const int MaxSeconds = 60 * 60;

    private static readonly ApiParameter Seconds =
        new("seconds", "integer", "After how many seconds writes are taken again by themselves, 1 to 3600; absent: not before they are resumed.");

    /// <summary>Maps the endpoints.</summary>
    public static void MapWritesApi(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v2/writes", GetAsync).Describe(
            new ApiOperation("getWrites", ApiTags.Operations, "Get whether writes are paused") { Response = typeof(WritesStatus) });
        app.MapPost("/api/v2/writes/pause", PauseAsync).RequireRole(ApiRole.Admin).Describe(
            new ApiOperation("pauseWrites", ApiTags.Operations, "Refuse writes on all silos for a while, or keep on refusing them")
            {
                Description = "Users, items and feedback are answered with 503 and Retry-After, lists and reads as ever; messages from Kafka wait. When this is "
                    + "answered, everything that was acknowledged is in the store. Mark stays the same from one such request to the next for as long as no "
                    + "silo has taken writes in between.",
                Response = typeof(WritesStatus),
                Query = [Seconds],
            });
        app.MapPost("/api/v2/writes/resume", ResumeAsync).RequireRole(ApiRole.Admin).Describe(
            new ApiOperation("resumeWrites", ApiTags.Operations, "Take writes again") { Response = typeof(WritesStatus) });
    }

    private static async Task GetAsync(HttpContext context) =>
        await JsonResponse.WriteContractAsync(context, await Writes(context).GetAsync(TenantGrains.Tenant));

    private static async Task PauseAsync(HttpContext context)
    {
        TimeSpan? duration = null;
        if (RequestValues.Single(context, Seconds.Name) is { } text)
        {
            duration = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 1 and <= MaxSeconds
                ? TimeSpan.FromSeconds(seconds)
                : throw new InvalidRequestException(Seconds.Name, $"must be an integer from 1 to {MaxSeconds}");
        }

        await JsonResponse.WriteContractAsync(context, await Writes(context).PauseAsync(TenantGrains.Tenant, duration));
    }

    private static async Task ResumeAsync(HttpContext context)
    {
        await Writes(context).ResumeAsync(TenantGrains.Tenant);
        await JsonResponse.WriteContractAsync(context, new WritesStatus(false));
    }

    private static TenantWrites Writes(HttpContext context) => context.RequestServices.GetRequiredService<TenantWrites>();
}
