using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Silo.Apis.Bodies;
using Lepton.Orleans.Silo.Apis.Documentation;
using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Apis.Problems;
using Lepton.Orleans.Silo.Apis.Requests;
using Lepton.Orleans.Silo.Apis.Responses;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>A user's list: as ids, with scores, with reasons.</summary>
internal static class RecommendApi
{
    private const string VersionHeader = "X-API-Version";

    private static readonly IReadOnlyList<ApiParameter> Query =
    [
        ApiParameter.Count,
        ApiParameter.Offset,
        ApiParameter.Category,
        new("write-back-type", "string", "Record feedback of this type for every item of the list, before it is sent; needs the role write."),
        new("write-back-delay", "string", "Date that feedback so far ahead: 10m, 1h30m, or a number of seconds."),
    ];

    private static readonly IReadOnlyList<ApiParameter> Headers =
        [new(VersionHeader, "string", "2 for an array of {\"Id\", \"Score\"} instead of ids.")];

    /// <summary>Maps the endpoints.</summary>
    public static void MapRecommendApi(this IEndpointRouteBuilder app)
    {
        var grains = app.ServiceProvider.GetRequiredService<TenantGrains>();
        var writeBack = app.ServiceProvider.GetRequiredService<WriteBack>();
        app.MapGet("/api/recommend/{user}", context => RecommendAsync(context, grains, writeBack)).Describe(
            new ApiOperation("getRecommend", ApiTags.Recommendation, "Recommend items to a user")
            {
                Description = "Feedback that was acknowledged before is in the ranking. A user nobody knows gets what is good for everyone.",
                Response = typeof(string[]),
                Query = Query,
                Headers = Headers,
            });
        app.MapGet("/api/recommend/{user}/{category}", context => RecommendAsync(context, grains, writeBack)).Describe(
            new ApiOperation("getRecommendInCategory", ApiTags.Recommendation, "Recommend items of a category to a user")
            {
                Response = typeof(string[]), Query = [.. Query.Where(parameter => parameter != ApiParameter.Category)], Headers = Headers,
            });
        app.MapGet("/api/v2/recommend/{user}", context => ExplainAsync(context, grains)).Describe(
            new ApiOperation("explainRecommend", ApiTags.Recommendation, "Recommend items to a user, with the reasons for each place")
            {
                Response = typeof(RecommendationList),
                Query =
                [
                    ApiParameter.Count, ApiParameter.Offset, ApiParameter.Category,
                    new("explain", "boolean", "Give the reasons for each place; by default not."),
                ],
            });
    }

    private static async Task RecommendAsync(HttpContext context, TenantGrains grains, WriteBack writeBack)
    {
        var userId = RequestValues.Id(context, "user", nameof(User.UserId));
        var query = RequestValues.List(context);
        var scored = IsScored(context.Request);
        if (query.WriteBackType is not null)
        {
            writeBack.DemandRole(context);
        }

        var list = await grains.RecommendAsync(userId, query.ToRequest(), scored);
        if (query.WriteBackType is { } type && !HeadMiddleware.IsHead(context))
        {
            await writeBack.RecordAsync(userId, ListReader.ItemIds(list), type, query.WriteBackDelay);
        }

        await JsonResponse.WriteAsync(context, list.Utf8Json);
    }

    private static bool IsScored(HttpRequest request) => request.Headers[VersionHeader].ToString() switch
    {
        "2" => true,
        "" or "1" => false,
        _ => throw new InvalidRequestException(VersionHeader, "must be 1 or 2, or absent"),
    };

    private static async Task ExplainAsync(HttpContext context, TenantGrains grains)
    {
        var userId = RequestValues.Id(context, "user", nameof(User.UserId));
        var query = RequestValues.List(context);
        var list = await GrainCall.ReadAsync((Lists: grains.Lists(userId), query.Explain, Request: query.ToRequest()), static call => call.Explain
            ? call.Lists.ExplainAsync(call.Request).AsTask()
            : call.Lists.DescribeAsync(call.Request).AsTask());
        await JsonResponse.WriteContractAsync(context, list);
    }
}
