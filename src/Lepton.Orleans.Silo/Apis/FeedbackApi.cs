using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Silo.Apis.Bodies;
using Lepton.Orleans.Silo.Apis.Contracts;
using Lepton.Orleans.Silo.Apis.Documentation;
using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Apis.Problems;
using Lepton.Orleans.Silo.Apis.Requests;
using Lepton.Orleans.Silo.Security;
using Lepton.Orleans.Silo.Apis.Responses;
using Lepton.Orleans.Silo.Streams;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>Feedback: record, list, look up, delete.</summary>
internal static class FeedbackApi
{
    /// <summary>Where feedback is recorded.</summary>
    public const string Path = "/api/feedback";

    private static readonly IReadOnlyList<ApiParameter> Headers =
        [new(IdempotencyKey.Header, "string", "A name for this request: the same request again, within 24 hours or what Lepton:Feedback:RepetitionWindow says, repeats nothing that it changed and gets the same answer.")];

    /// <summary>Maps the endpoints.</summary>
    public static void MapFeedbackApi(this IEndpointRouteBuilder app)
    {
        var grains = app.ServiceProvider.GetRequiredService<TenantGrains>();
        var writes = app.ServiceProvider.GetRequiredService<FeedbackWrite>();
        var clock = app.ServiceProvider.GetRequiredService<TimeProvider>();
        var queue = app.ServiceProvider.GetService<FeedbackQueue>();
        app.MapPost(Path, context => RequestValues.IsAsync(context) ? QueueAsync(context, queue, clock) : RecordAsync(context, writes, clock, overwrite: false)).Describe(
            new ApiOperation("insertFeedback", ApiTags.Feedback, "Record feedback, adding to what is there")
            {
                Description = "A value is added to the one that is kept, and the earliest timestamp stays. A row that is kept already, "
                    + "with the same timestamp, changes nothing. One bad row, and none is written.",
                Body = typeof(FeedbackRowDocument[]),
                Response = typeof(RowsDocument),
                Accepted = typeof(AcceptedDocument),
                Query = [new("async", "boolean", "Answer 202 as soon as Kafka has the feedback; lists show it when it has been read from there. Needs Lepton:Kafka.")],
                Headers = Headers,
                MayBeReused = true,
            });
        app.MapPut(Path, context => RequestValues.IsAsync(context)
            ? throw new InvalidRequestException("async", "must be absent or false for PUT: what is laid into Kafka is added, as POST does")
            : RecordAsync(context, writes, clock, overwrite: true)).Describe(
            new ApiOperation("upsertFeedback", ApiTags.Feedback, "Record feedback, overwriting what is there")
            {
                Description = "Value, timestamp and comment replace what is kept. One bad row, and none is written.",
                Body = typeof(FeedbackRowDocument[]),
                Response = typeof(RowsDocument),
                Headers = Headers,
                MayBeReused = true,
            });
        app.MapGet(Path, context => ListAsync(context, grains)).Describe(
            new ApiOperation("getFeedback", ApiTags.Feedback, "List all feedback, page by page")
            {
                Response = typeof(FeedbackPageDocument), Query = ApiParameter.Paging,
            });
        app.MapGet("/api/feedback/{type}", context => ListAsync(context, grains)).Describe(
            new ApiOperation("getTypedFeedback", ApiTags.Feedback, "List feedback of a type, page by page")
            {
                Response = typeof(FeedbackPageDocument), Query = ApiParameter.Paging,
            });
        app.MapGet("/api/feedback/{user}/{item}", context => GetAllTypesAsync(context, grains)).Describe(
            new ApiOperation("getUserItemFeedback", ApiTags.Feedback, "Get a user's feedback on an item, of all types")
            {
                Response = typeof(FeedbackDocument[]),
            });
        app.MapGet("/api/feedback/{type}/{user}/{item}", context => GetAsync(context, grains)).Describe(
            new ApiOperation("getTypedUserItemFeedback", ApiTags.Feedback, "Get a user's feedback of a type on an item")
            {
                Response = typeof(FeedbackDocument), MayBeMissing = true,
            });
        app.MapDelete("/api/feedback/{user}/{item}", context => DeleteAsync(context, grains)).RequireRole(ApiRole.Write).Describe(
            new ApiOperation("deleteUserItemFeedback", ApiTags.Feedback, "Delete a user's feedback on an item, of all types")
            {
                Response = typeof(RowsDocument),
            });
        app.MapDelete("/api/feedback/{type}/{user}/{item}", context => DeleteAsync(context, grains)).RequireRole(ApiRole.Write).Describe(
            new ApiOperation("deleteTypedUserItemFeedback", ApiTags.Feedback, "Delete a user's feedback of a type on an item")
            {
                Response = typeof(RowsDocument),
            });
    }

    private static async Task<List<Feedback>> ReadAsync(HttpContext context, TimeProvider clock)
    {
        List<Feedback> rows;
        using (var body = await RequestBody.ReadAsync(context))
        {
            rows = FeedbackReader.Read(body.Utf8Json, clock.GetUtcNow().UtcDateTime);
        }

        IdempotencyKey.Name(rows, context.Request);
        return rows;
    }

    private static async Task QueueAsync(HttpContext context, FeedbackQueue? queue, TimeProvider clock)
    {
        if (queue is null)
        {
            throw new InvalidRequestException("async", "must be absent or false: this service has no Kafka (Lepton:Kafka)");
        }

        var rows = await ReadAsync(context, clock);
        await queue.SendAsync(rows);
        FeedbackMetrics.Accepted(rows.Count);
        await JsonResponse.WriteContractAsync(context, new AcceptedDocument(rows.Count), StatusCodes.Status202Accepted);
    }

    private static async Task RecordAsync(HttpContext context, FeedbackWrite writes, TimeProvider clock, bool overwrite)
    {
        var rows = await ReadAsync(context, clock);
        var changed = await writes.RecordAsync(rows, overwrite);
        FeedbackMetrics.Recorded(rows.Count, changed);
        await JsonResponse.WriteRowsAsync(context, changed);
    }

    private static async Task ListAsync(HttpContext context, TenantGrains grains)
    {
        var type = RequestValues.FeedbackType(context);
        var query = RequestValues.List(context);
        var page = query.Count == 0
            ? new Page<Feedback>([], query.Cursor)
            : await grains.AskEveryoneAsync(everyone => everyone.ListFeedbackAsync(type, query.Count, query.Cursor));
        await JsonResponse.WriteAsync(context, page, static (writer, page) => RowWriter.WritePage(writer, "Feedback", page, RowWriter.Write));
    }

    private static async Task GetAllTypesAsync(HttpContext context, TenantGrains grains)
    {
        var (user, item) = Ids(context);
        var page = await ReadAsync(grains, user, new FeedbackQuery { ItemId = item });
        await JsonResponse.WriteAsync(context, page.Entries, static (writer, rows) => RowWriter.WriteArray(writer, rows, RowWriter.Write));
    }

    private static async Task GetAsync(HttpContext context, TenantGrains grains)
    {
        var (user, item) = Ids(context);
        var type = RequestValues.FeedbackType(context);
        var page = await ReadAsync(grains, user, new FeedbackQuery { FeedbackType = type, ItemId = item });
        var feedback = page.Entries.Count > 0 ? page.Entries[0] : throw new NotFoundException($"Feedback '{type}' of '{user}' on '{item}'");
        await JsonResponse.WriteAsync(context, feedback, RowWriter.Write);
    }

    private static async Task DeleteAsync(HttpContext context, TenantGrains grains)
    {
        var (user, item) = Ids(context);
        var type = RequestValues.FeedbackType(context);
        var rows = await GrainCall.WriteAsync((Grain: grains.User(user), item, type), static call => call.Grain.DeleteFeedbackAsync(call.item, call.type));
        await JsonResponse.WriteRowsAsync(context, rows);
    }

    private static Task<Page<Feedback>> ReadAsync(TenantGrains grains, string user, FeedbackQuery query) =>
        GrainCall.ReadAsync((User: grains.User(user), Query: query), static call => call.User.GetFeedbackAsync(call.Query));

    private static (string User, string Item) Ids(HttpContext context) =>
        (RequestValues.Id(context, "user", nameof(Feedback.UserId)), RequestValues.Id(context, "item", nameof(Feedback.ItemId)));
}
