using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Silo.Apis.Documentation;
using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Apis.Problems;
using Lepton.Orleans.Silo.Apis.Requests;
using Lepton.Orleans.Silo.Apis.Responses;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>Lists that are the same for everyone.</summary>
internal static class ListApi
{
    private static readonly IReadOnlyList<ApiParameter> Query =
        [ApiParameter.Count, ApiParameter.Offset, new("user-id", "string", "Leave out the items that this user has given feedback on.")];

    /// <summary>Maps the endpoints.</summary>
    public static void MapListApi(this IEndpointRouteBuilder app)
    {
        var grains = app.ServiceProvider.GetRequiredService<TenantGrains>();
        Map(app, grains, "/api/latest", RecommenderNames.Latest, "getLatest", "Get the newest items");
        Map(app, grains, "/api/popular", RecommenderNames.Popular, "getPopular", "Get the most popular items");
        Map(app, grains, "/api/non-personalized/{name}", null, "getNonPersonalized", "Get a list that is the same for everyone");
    }

    private static void Map(IEndpointRouteBuilder app, TenantGrains grains, string pattern, string? list, string name, string summary)
    {
        app.MapGet(pattern, context => GetAsync(context, grains, list)).Describe(
            new ApiOperation(name, ApiTags.Recommendation, summary)
            {
                Response = typeof(ScoredId[]), Query = [.. Query, ApiParameter.Category], MayBeMissing = list is null,
            });
        app.MapGet(pattern + "/{category}", context => GetAsync(context, grains, list)).Describe(
            new ApiOperation(name + "InCategory", ApiTags.Recommendation, summary + ", of one category")
            {
                Response = typeof(ScoredId[]), Query = Query, MayBeMissing = list is null,
            });
    }

    private static async Task GetAsync(HttpContext context, TenantGrains grains, string? list)
    {
        var name = list ?? RequestValues.Id(context, "name", "name");
        var query = RequestValues.List(context);
        var places = query.UserId is { } userId
            ? await WithoutHadAsync(grains, name, query, userId)
            : await grains.AskEveryoneAsync(everyone => everyone.GetListAsync(name, query.Category, query.Count, query.Offset));
        await JsonResponse.WriteAsync(
            context,
            places ?? throw new NotFoundException($"The list '{name}'"),
            static (writer, places) => RowWriter.WriteArray(writer, places, RowWriter.Write));
    }

    // The list is the same for everyone, so what the user had is left out here, over the part of it that is ever shown.
    private static async Task<IReadOnlyList<ScoredId>?> WithoutHadAsync(TenantGrains grains, string name, ListQuery query, string userId)
    {
        if (await grains.AskEveryoneAsync(everyone => everyone.GetListAsync(name, query.Category, RecommendRequest.MaxRanked, 0)) is not { } list)
        {
            return null;
        }

        var feedback = await GrainCall.ReadAsync(
            (User: grains.User(userId), Query: new FeedbackQuery { ItemIds = [.. list.Select(place => place.Id)] }), static call => call.User.GetFeedbackAsync(call.Query));
        var had = feedback.Entries.Select(row => row.ItemId).ToHashSet(StringComparer.Ordinal);
        return [.. list.Where(place => !had.Contains(place.Id)).Skip(query.Offset).Take(query.Count)];
    }
}
