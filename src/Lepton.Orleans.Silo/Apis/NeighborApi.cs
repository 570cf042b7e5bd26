using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Silo.Apis.Documentation;
using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Apis.Problems;
using Lepton.Orleans.Silo.Apis.Requests;
using Lepton.Orleans.Silo.Apis.Responses;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>Items like an item, users like a user.</summary>
internal static class NeighborApi
{
    private static readonly IReadOnlyList<ApiParameter> InAnyCategory = [.. ApiParameter.Slice, ApiParameter.Category];

    /// <summary>Maps the endpoints.</summary>
    public static void MapNeighborApi(this IEndpointRouteBuilder app)
    {
        var grains = app.ServiceProvider.GetRequiredService<TenantGrains>();
        app.MapGet("/api/item/{item}/neighbors", context => OfItemAsync(context, grains, RecommenderNames.Neighbors)).Describe(
            new ApiOperation("getItemNeighbors", ApiTags.Recommendation, "Get items like an item")
            {
                Response = typeof(ScoredId[]), Query = InAnyCategory,
            });
        app.MapGet("/api/item/{item}/neighbors/{category}", context => OfItemAsync(context, grains, RecommenderNames.Neighbors)).Describe(
            new ApiOperation("getItemNeighborsInCategory", ApiTags.Recommendation, "Get items like an item, of one category")
            {
                Response = typeof(ScoredId[]), Query = ApiParameter.Slice,
            });
        app.MapGet("/api/item-to-item/{name}/{item}", context => OfItemAsync(context, grains, recommender: null)).Describe(
            new ApiOperation("getItemToItem", ApiTags.Recommendation, "Get items like an item, from a named source")
            {
                Response = typeof(ScoredId[]), Query = InAnyCategory, MayBeMissing = true,
            });
        app.MapGet("/api/user/{user}/neighbors", context => OfUserAsync(context, grains)).Describe(
            new ApiOperation("getUserNeighbors", ApiTags.Recommendation, "Get users with the taste of a user")
            {
                Response = typeof(ScoredId[]), Query = ApiParameter.Slice,
            });
    }

    private static async Task OfItemAsync(HttpContext context, TenantGrains grains, string? recommender)
    {
        var name = recommender ?? RequestValues.Id(context, "name", "name");
        var item = grains.Item(RequestValues.Id(context, "item", nameof(Item.ItemId)));
        var query = RequestValues.List(context);
        var neighbors = await GrainCall.ReadAsync(
            (Item: item, Name: name, Query: query), static call => call.Item.GetNeighborsAsync(call.Name, call.Query.Category, call.Query.Count, call.Query.Offset));
        await WriteAsync(context, neighbors ?? throw new NotFoundException($"The source '{name}'"));
    }

    private static async Task OfUserAsync(HttpContext context, TenantGrains grains)
    {
        var user = grains.User(RequestValues.Id(context, "user", nameof(User.UserId)));
        var query = RequestValues.List(context);
        await WriteAsync(context, await GrainCall.ReadAsync((User: user, Query: query), static call => call.User.GetNeighborsAsync(call.Query.Count, call.Query.Offset)));
    }

    private static Task WriteAsync(HttpContext context, IReadOnlyList<ScoredId> neighbors) =>
        JsonResponse.WriteAsync(context, neighbors, static (writer, rows) => RowWriter.WriteArray(writer, rows, RowWriter.Write));
}
