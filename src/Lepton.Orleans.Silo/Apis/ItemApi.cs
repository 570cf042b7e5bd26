using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Silo.Apis.Bodies;
using Lepton.Orleans.Silo.Apis.Contracts;
using Lepton.Orleans.Silo.Apis.Documentation;
using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Apis.Problems;
using Lepton.Orleans.Silo.Apis.Requests;
using Lepton.Orleans.Silo.Apis.Responses;
using Lepton.Orleans.Silo.Security;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>Items: create, read, change, delete, list, and their categories.</summary>
internal static class ItemApi
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapItemApi(this IEndpointRouteBuilder app)
    {
        var grains = app.ServiceProvider.GetRequiredService<TenantGrains>();
        var clock = app.ServiceProvider.GetRequiredService<TimeProvider>();
        app.MapPost("/api/item", context => InsertAsync(context, grains, clock)).Describe(
            new ApiOperation("insertItem", ApiTags.Items, "Create an item, or overwrite it")
            {
                Body = typeof(ItemDocument), Response = typeof(RowsDocument),
            });
        app.MapPost("/api/items", context => InsertManyAsync(context, grains, clock)).Describe(
            new ApiOperation("insertItems", ApiTags.Items, "Create items, or overwrite them")
            {
                Description = "Where an id occurs twice, the last one counts. One bad row, and none is written.",
                Body = typeof(ItemDocument[]),
                Response = typeof(RowsDocument),
            });
        app.MapGet("/api/items", context => ListAsync(context, grains)).Describe(
            new ApiOperation("getItems", ApiTags.Items, "List items, page by page")
            {
                Response = typeof(ItemPageDocument), Query = ApiParameter.Paging,
            });
        app.MapGet("/api/item/{item}", context => GetAsync(context, grains)).Describe(
            new ApiOperation("getItem", ApiTags.Items, "Get an item") { Response = typeof(ItemDocument), MayBeMissing = true });
        app.MapPatch("/api/item/{item}", context => PatchAsync(context, grains, clock)).Describe(
            new ApiOperation("modifyItem", ApiTags.Items, "Change an item")
            {
                Body = typeof(ItemPatchDocument), Response = typeof(RowsDocument), MayBeMissing = true,
            });
        app.MapDelete("/api/item/{item}", context => WriteAsync(context, grains, Delete, isRepeatable: false)).Describe(
            new ApiOperation("deleteItem", ApiTags.Items, "Delete an item and all feedback on it")
            {
                Response = typeof(RowsDocument), MayBeMissing = true,
            });
        app.MapPut("/api/item/{item}/category/{category}", context => WriteAsync(context, grains, AddCategory, isRepeatable: true))
            .Describe(new ApiOperation("insertItemCategory", ApiTags.Items, "Put an item into a category")
            {
                Response = typeof(RowsDocument), MayBeMissing = true,
            });
        app.MapDelete("/api/item/{item}/category/{category}", context => WriteAsync(context, grains, RemoveCategory, isRepeatable: true)).RequireRole(ApiRole.Write)
            .Describe(new ApiOperation("deleteItemCategory", ApiTags.Items, "Take an item out of a category")
            {
                Response = typeof(RowsDocument), MayBeMissing = true,
            });
    }

    private static async Task InsertAsync(HttpContext context, TenantGrains grains, TimeProvider clock)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var item = await RequestBody.ParseAsync(context, body => ItemReader.ReadOne(body.Utf8Json, now));
        await JsonResponse.WriteRowsAsync(context, await PutAsync(grains, item));
    }

    private static async Task InsertManyAsync(HttpContext context, TenantGrains grains, TimeProvider clock)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var items = await RequestBody.ParseAsync(context, body => ItemReader.ReadMany(body.Utf8Json, now));
        var last = items.GroupBy(item => item.ItemId, StringComparer.Ordinal).Select(rows => (Item: rows.Last(), Rows: rows.Count())).ToList();
        _ = await BatchWrite.RunAsync(last, "items", static group => group.Rows, group => PutAsync(grains, group.Item));
        await JsonResponse.WriteRowsAsync(context, items.Count);
    }

    private static async Task ListAsync(HttpContext context, TenantGrains grains)
    {
        var query = RequestValues.List(context);
        var page = query.Count == 0
            ? new Page<Item>([], query.Cursor)
            : await grains.AskEveryoneAsync(everyone => everyone.ListItemsAsync(query.Count, query.Cursor));
        await JsonResponse.WriteAsync(context, page, static (writer, page) => RowWriter.WritePage(writer, "Items", page, RowWriter.Write));
    }

    private static async Task GetAsync(HttpContext context, TenantGrains grains)
    {
        var id = RequestValues.Id(context, "item", nameof(Item.ItemId));
        var item = await GrainCall.ReadAsync(grains.Item(id), static item => item.GetAsync()) ?? throw Missing(id);
        await JsonResponse.WriteAsync(context, item, RowWriter.Write);
    }

    private static async Task PatchAsync(HttpContext context, TenantGrains grains, TimeProvider clock)
    {
        var id = RequestValues.Id(context, "item", nameof(Item.ItemId));
        var now = clock.GetUtcNow().UtcDateTime;
        var patch = await RequestBody.ParseAsync(context, body => ItemReader.ReadPatch(body.Utf8Json, now));
        var found = await GrainCall.WriteAsync((Grain: grains.Item(id), Patch: patch), static call => call.Grain.PatchAsync(call.Patch), isRepeatable: true);
        await JsonResponse.WriteRowsAsync(context, found ? 1 : throw Missing(id));
    }

    private static async Task WriteAsync(HttpContext context, TenantGrains grains, Func<IItemGrain, string?, Task<bool>> write, bool isRepeatable)
    {
        var id = RequestValues.Id(context, "item", nameof(Item.ItemId));
        var category = RequestValues.Category(context);
        var found = await GrainCall.WriteAsync((Grain: grains.Item(id), category, write), static call => call.write(call.Grain, call.category), isRepeatable);
        await JsonResponse.WriteRowsAsync(context, found ? 1 : throw Missing(id));
    }

    private static Task<bool> Delete(IItemGrain item, string? category) => item.DeleteAsync();

    private static Task<bool> AddCategory(IItemGrain item, string? category) => item.AddCategoryAsync(category!);

    private static Task<bool> RemoveCategory(IItemGrain item, string? category) => item.RemoveCategoryAsync(category!);

    private static Task<int> PutAsync(TenantGrains grains, Item item) => GrainCall.WriteAsync(
        (Grain: grains.Item(item.ItemId), Item: item),
        static async call =>
        {
            await call.Grain.PutAsync(call.Item);
            return 1;
        },
        isRepeatable: true);

    private static NotFoundException Missing(string id) => new($"The item '{id}'");
}
