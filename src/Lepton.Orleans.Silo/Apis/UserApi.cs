using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Silo.Apis.Bodies;
using Lepton.Orleans.Silo.Apis.Contracts;
using Lepton.Orleans.Silo.Apis.Documentation;
using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Apis.Problems;
using Lepton.Orleans.Silo.Apis.Requests;
using Lepton.Orleans.Silo.Apis.Responses;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>Users: create, read, change, delete, list.</summary>
internal static class UserApi
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapUserApi(this IEndpointRouteBuilder app)
    {
        var grains = app.ServiceProvider.GetRequiredService<TenantGrains>();
        app.MapPost("/api/user", context => InsertAsync(context, grains)).Describe(
            new ApiOperation("insertUser", ApiTags.Users, "Create a user, or overwrite it")
            {
                Body = typeof(UserDocument), Response = typeof(RowsDocument),
            });
        app.MapPost("/api/users", context => InsertManyAsync(context, grains)).Describe(
            new ApiOperation("insertUsers", ApiTags.Users, "Create users, or overwrite them")
            {
                Description = "Where an id occurs twice, the last one counts. One bad row, and none is written.",
                Body = typeof(UserDocument[]),
                Response = typeof(RowsDocument),
            });
        app.MapGet("/api/users", context => ListAsync(context, grains)).Describe(
            new ApiOperation("getUsers", ApiTags.Users, "List users, page by page")
            {
                Response = typeof(UserPageDocument), Query = ApiParameter.Paging,
            });
        app.MapGet("/api/user/{user}", context => GetAsync(context, grains)).Describe(
            new ApiOperation("getUser", ApiTags.Users, "Get a user") { Response = typeof(UserDocument), MayBeMissing = true });
        app.MapPatch("/api/user/{user}", context => PatchAsync(context, grains)).Describe(
            new ApiOperation("modifyUser", ApiTags.Users, "Change a user")
            {
                Body = typeof(UserPatchDocument), Response = typeof(RowsDocument), MayBeMissing = true,
            });
        app.MapDelete("/api/user/{user}", context => DeleteAsync(context, grains)).Describe(
            new ApiOperation("deleteUser", ApiTags.Users, "Erase a user: state, feedback, index entries, contributions to counters")
            {
                Description = "The answer is a receipt. An erasure that was interrupted is finished by the next one.",
                Response = typeof(ErasureDocument),
                MayBeMissing = true,
            });
        app.MapPost("/api/v2/user/{user}/merge", context => MergeAsync(context, grains)).Describe(
            new ApiOperation("mergeUser", ApiTags.Users, "Merge another user into this one")
            {
                Description = "For somebody who was anonymous and is now known: the feedback of From is added to this user's as if it had been "
                    + "posted here, From is removed, and RowAffected says how many events were added. The same merge again, at any time "
                    + "and whatever crashed in between, changes nothing and gets the same answer. Feedback that comes for From afterwards makes a new "
                    + "user, who can be merged again.",
                Body = typeof(MergeDocument),
                Response = typeof(RowsDocument),
                MayBeMissing = true,
                MayConflict = true,
            });
    }

    private static async Task InsertAsync(HttpContext context, TenantGrains grains)
    {
        var user = await RequestBody.ParseAsync(context, static body => UserReader.ReadOne(body.Utf8Json));
        await JsonResponse.WriteRowsAsync(context, await PutAsync(grains, user));
    }

    private static async Task InsertManyAsync(HttpContext context, TenantGrains grains)
    {
        var users = await RequestBody.ParseAsync(context, static body => UserReader.ReadMany(body.Utf8Json));
        var last = users.GroupBy(user => user.UserId, StringComparer.Ordinal).Select(rows => (User: rows.Last(), Rows: rows.Count())).ToList();
        _ = await BatchWrite.RunAsync(last, "users", static group => group.Rows, group => PutAsync(grains, group.User));
        await JsonResponse.WriteRowsAsync(context, users.Count);
    }

    private static async Task ListAsync(HttpContext context, TenantGrains grains)
    {
        var query = RequestValues.List(context);
        var page = query.Count == 0
            ? new Page<User>([], query.Cursor)
            : await grains.AskEveryoneAsync(everyone => everyone.ListUsersAsync(query.Count, query.Cursor));
        await JsonResponse.WriteAsync(context, page, static (writer, page) => RowWriter.WritePage(writer, "Users", page, RowWriter.Write));
    }

    private static async Task GetAsync(HttpContext context, TenantGrains grains)
    {
        var id = RequestValues.Id(context, "user", nameof(User.UserId));
        var user = await GrainCall.ReadAsync(grains.User(id), static user => user.GetAsync()) ?? throw Missing(id);
        await JsonResponse.WriteAsync(context, user, RowWriter.Write);
    }

    private static async Task PatchAsync(HttpContext context, TenantGrains grains)
    {
        var id = RequestValues.Id(context, "user", nameof(User.UserId));
        var patch = await RequestBody.ParseAsync(context, static body => UserReader.ReadPatch(body.Utf8Json));
        var found = await GrainCall.WriteAsync((Grain: grains.User(id), Patch: patch), static call => call.Grain.PatchAsync(call.Patch), isRepeatable: true);
        await JsonResponse.WriteRowsAsync(context, found ? 1 : throw Missing(id));
    }

    private static async Task DeleteAsync(HttpContext context, TenantGrains grains)
    {
        var id = RequestValues.Id(context, "user", nameof(User.UserId));
        var receipt = await GrainCall.WriteAsync(grains.User(id), static user => user.EraseAsync());
        await JsonResponse.WriteContractAsync(context, receipt.Found ? ErasureDocument.Of(receipt) : throw Missing(id));
    }

    private static async Task MergeAsync(HttpContext context, TenantGrains grains)
    {
        var id = RequestValues.Id(context, "user", nameof(User.UserId));
        var from = await RequestBody.ParseAsync(context, static body => UserReader.ReadMerge(body.Utf8Json));
        if (from == id)
        {
            throw new InvalidRequestException(nameof(MergeDocument.From), "must be another user than the one that it is merged into");
        }

        var rows = await GrainCall.WriteAsync((Grain: grains.User(from), Into: id), static call => call.Grain.MergeIntoAsync(call.Into), isRepeatable: true);
        await JsonResponse.WriteRowsAsync(context, rows);
    }

    private static Task<int> PutAsync(TenantGrains grains, User user) => GrainCall.WriteAsync(
        (Grain: grains.User(user.UserId), User: user),
        static async call =>
        {
            await call.Grain.PutAsync(call.User);
            return 1;
        },
        isRepeatable: true);

    private static NotFoundException Missing(string id) => new($"The user '{id}'");
}
