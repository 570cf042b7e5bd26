using Lepton.Orleans.Silo.Apis.Documentation;
using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Apis.Responses;
using Lepton.Orleans.Silo.Security;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>What operators ask for: how much there is, and the builds of the model.</summary>
internal static class OperationsApi
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapOperationsApi(this IEndpointRouteBuilder app)
    {
        var grains = app.ServiceProvider.GetRequiredService<TenantGrains>();
        app.MapGet("/api/v2/statistics", context => StatisticsAsync(context, grains)).Describe(
            new ApiOperation("getStatistics", ApiTags.Operations, "Get how much there is, and how current the silo is")
            {
                Response = typeof(TenantStatistics),
            });
        app.MapGet("/api/v2/build", context => BuildAsync(context, grains, GetStatus)).Describe(
            new ApiOperation("getBuild", ApiTags.Operations, "Get how far the build of the model is") { Response = typeof(BuildStatus) });
        app.MapPost("/api/v2/build", context => BuildAsync(context, grains, Start))
            .RequireRole(ApiRole.Admin)
            .Describe(new ApiOperation("startBuild", ApiTags.Operations, "Start a build, unless one is running")
            {
                Response = typeof(BuildStatus),
            });
        app.MapDelete("/api/v2/build", context => BuildAsync(context, grains, Cancel))
            .RequireRole(ApiRole.Admin)
            .Describe(new ApiOperation("cancelBuild", ApiTags.Operations, "Cancel the running build; the model in use stays")
            {
                Response = typeof(BuildStatus),
            });
    }

    private static async Task StatisticsAsync(HttpContext context, TenantGrains grains) =>
        await JsonResponse.WriteContractAsync(context, await grains.Everyone.GetStatisticsAsync());

    private static Task<BuildStatus> GetStatus(ITrainingGrain training) => training.GetStatusAsync();

    private static Task<BuildStatus> Start(ITrainingGrain training) => training.StartAsync();

    private static Task<BuildStatus> Cancel(ITrainingGrain training) => training.CancelAsync();

    private static async Task BuildAsync(HttpContext context, TenantGrains grains, Func<ITrainingGrain, Task<BuildStatus>> call) =>
        await JsonResponse.WriteContractAsync(context, await call(grains.Training));
}
