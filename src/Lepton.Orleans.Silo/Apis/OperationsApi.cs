using Lepton.Orleans.Silo.Apis.Documentation;
using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Apis.Requests;
using Lepton.Orleans.Silo.Apis.Responses;
using Lepton.Orleans.Silo.Security;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>What operators ask for: how much there is, the builds of the model, and the upkeep of the store.</summary>
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
        app.MapGet("/api/v2/repair", context => RepairAsync(context, grains, GetRepair)).Describe(
            new ApiOperation("getRepair", ApiTags.Operations, "Get how far the repair of the indexes is, and what it has found")
            {
                Response = typeof(RepairStatus),
            });
        app.MapPost("/api/v2/repair", context => RepairAsync(context, grains, StartRepair))
            .RequireRole(ApiRole.Admin)
            .Describe(new ApiOperation("startRepair", ApiTags.Operations, "Start a repair of the indexes, unless one that was asked for is running")
            {
                Response = typeof(RepairStatus),
            });
        app.MapGet("/api/v2/erasure/{user}", context => VerifyErasureAsync(context, grains))
            .RequireRole(ApiRole.Admin)
            .Describe(new ApiOperation("verifyErasure", ApiTags.Operations, "Search the whole store for remains of a user")
            {
                Description = "Takes time in proportion to the keys of the store.",
                Response = typeof(ErasureReport),
            });
    }

    private static async Task StatisticsAsync(HttpContext context, TenantGrains grains) =>
        await JsonResponse.WriteContractAsync(context, await grains.AskEveryoneAsync(static everyone => everyone.GetStatisticsAsync()));

    private static Task<RepairStatus> GetRepair(IUpkeepGrain upkeep) => upkeep.GetRepairAsync();

    private static Task<RepairStatus> StartRepair(IUpkeepGrain upkeep) => upkeep.StartRepairAsync();

    private static async Task RepairAsync(HttpContext context, TenantGrains grains, Func<IUpkeepGrain, Task<RepairStatus>> call) =>
        await JsonResponse.WriteContractAsync(context, await call(grains.Upkeep));

    private static async Task VerifyErasureAsync(HttpContext context, TenantGrains grains)
    {
        var id = RequestValues.Id(context, "user", nameof(User.UserId));
        await JsonResponse.WriteContractAsync(context, await grains.Upkeep.VerifyErasureAsync(id));
    }

    private static Task<BuildStatus> GetStatus(ITrainingGrain training) => training.GetStatusAsync();

    private static Task<BuildStatus> Start(ITrainingGrain training) => training.StartAsync();

    private static Task<BuildStatus> Cancel(ITrainingGrain training) => training.CancelAsync();

    private static async Task BuildAsync(HttpContext context, TenantGrains grains, Func<ITrainingGrain, Task<BuildStatus>> call) =>
        await JsonResponse.WriteContractAsync(context, await call(grains.Training));
}
