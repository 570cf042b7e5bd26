using Lepton.Orleans.Silo.Apis.Bodies;
using Lepton.Orleans.Silo.Apis.Contracts;
using Lepton.Orleans.Silo.Apis.Documentation;
using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Apis.Requests;
using Lepton.Orleans.Silo.Apis.Responses;
using Lepton.Orleans.Silo.Security;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>Lists for a session that nobody stores.</summary>
internal static class SessionApi
{
    /// <summary>Where lists are asked for, though by POST.</summary>
    public const string Path = "/api/session/recommend";

    /// <summary>Maps the endpoints.</summary>
    public static void MapSessionApi(this IEndpointRouteBuilder app)
    {
        var grains = app.ServiceProvider.GetRequiredService<TenantGrains>();
        var clock = app.ServiceProvider.GetRequiredService<TimeProvider>();
        const string Description = "The body is the session's feedback, at most 1000 rows; UserId may be absent. Nothing of it is stored.";
        app.MapPost(Path, context => RecommendAsync(context, grains, clock)).RequireRole(ApiRole.Read).Describe(
            new ApiOperation("sessionRecommend", ApiTags.Recommendation, "Recommend items to a session")
            {
                Description = Description,
                Body = typeof(FeedbackDocument[]),
                Response = typeof(ScoredId[]),
                Query = [.. ApiParameter.Slice, ApiParameter.Category],
            });
        app.MapPost(Path + "/{category}", context => RecommendAsync(context, grains, clock)).RequireRole(ApiRole.Read).Describe(
            new ApiOperation("sessionRecommendInCategory", ApiTags.Recommendation, "Recommend items of a category to a session")
            {
                Description = Description,
                Body = typeof(FeedbackDocument[]),
                Response = typeof(ScoredId[]),
                Query = ApiParameter.Slice,
            });
    }

    private static async Task RecommendAsync(HttpContext context, TenantGrains grains, TimeProvider clock)
    {
        var query = RequestValues.List(context);
        var now = clock.GetUtcNow().UtcDateTime;
        var session = await RequestBody.ParseAsync(context, body => FeedbackReader.Read(body.Utf8Json, now, isSession: true));

        // In order of time, as the grain wants it; rows without one happened now, in the order in which they stand.
        List<Feedback> ordered = [.. session.OrderBy(row => row.Timestamp ?? now)];
        var list = await grains.AskEveryoneAsync(everyone => everyone.RecommendSessionAsync(ordered, query.ToRequest()));
        await JsonResponse.WriteAsync(context, list, static (writer, rows) => RowWriter.WriteArray(writer, rows, RowWriter.Write));
    }
}
