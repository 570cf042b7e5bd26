using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Silo.Apis.Contracts;
using Lepton.Orleans.Silo.Apis.Documentation;
using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Apis.Requests;
using Lepton.Orleans.Silo.Apis.Responses;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>The feedback of one user, and that on one item.</summary>
internal static class FeedbackListApi
{
    private const int PageSize = 1000;

    /// <summary>Maps the endpoints.</summary>
    public static void MapFeedbackListApi(this IEndpointRouteBuilder app)
    {
        var grains = app.ServiceProvider.GetRequiredService<TenantGrains>();
        app.MapGet("/api/user/{user}/feedback", context => OfUserAsync(context, grains)).Describe(
            new ApiOperation("getFeedbackByUser", ApiTags.Feedback, "Get the feedback of a user") { Response = typeof(FeedbackDocument[]) });
        app.MapGet("/api/user/{user}/feedback/{type}", context => OfUserAsync(context, grains)).Describe(
            new ApiOperation("getTypedFeedbackByUser", ApiTags.Feedback, "Get the feedback of a user, of one type")
            {
                Response = typeof(FeedbackDocument[]),
            });
        app.MapGet("/api/item/{item}/feedback", context => OnItemAsync(context, grains)).Describe(
            new ApiOperation("getFeedbackByItem", ApiTags.Feedback, "Get the feedback on an item") { Response = typeof(FeedbackDocument[]) });
        app.MapGet("/api/item/{item}/feedback/{type}", context => OnItemAsync(context, grains)).Describe(
            new ApiOperation("getTypedFeedbackByItem", ApiTags.Feedback, "Get the feedback on an item, of one type")
            {
                Response = typeof(FeedbackDocument[]),
            });
    }

    private static Task OfUserAsync(HttpContext context, TenantGrains grains)
    {
        var user = grains.User(RequestValues.Id(context, "user", nameof(Feedback.UserId)));
        var type = RequestValues.FeedbackType(context);
        return WriteAllAsync(context, cursor => GrainCall.ReadAsync(
            (User: user, Query: new FeedbackQuery { FeedbackType = type, Count = PageSize, Cursor = cursor }),
            static call => call.User.GetFeedbackAsync(call.Query)));
    }

    private static Task OnItemAsync(HttpContext context, TenantGrains grains)
    {
        var item = RequestValues.Id(context, "item", nameof(Feedback.ItemId));
        var type = RequestValues.FeedbackType(context);
        return WriteAllAsync(context, cursor => grains.AskEveryoneAsync(everyone => everyone.ListItemFeedbackAsync(item, type, PageSize, cursor)));
    }

    // The answer is one array, however long: it is sent page by page, so that neither a message nor a buffer grows with it.
    private static async Task WriteAllAsync(HttpContext context, Func<string, Task<Page<Feedback>>> readPage)
    {
        var page = await readPage("");
        context.Response.ContentType = JsonResponse.ContentType;
        await using var writer = JsonResponse.WriterFor(context);
        writer.WriteStartArray();
        while (true)
        {
            foreach (var feedback in page.Entries)
            {
                RowWriter.Write(writer, feedback);
            }

            if (page.Cursor.Length == 0)
            {
                break;
            }

            await writer.FlushAsync(context.RequestAborted);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            page = await readPage(page.Cursor);
        }

        writer.WriteEndArray();
        await writer.FlushAsync(context.RequestAborted);
    }
}
