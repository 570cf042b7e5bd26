using Lepton.Orleans.Grains.Backup;
using Lepton.Orleans.Silo.Apis.Contracts;
using Lepton.Orleans.Silo.Apis.Documentation;
using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Apis.Requests;
using Lepton.Orleans.Silo.Apis.Responses;
using Lepton.Orleans.Silo.Security;
using Microsoft.AspNetCore.Http.Features;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>Backups: everything as lines of JSON, and back into an empty service.</summary>
internal static class BackupApi
{
    private static readonly ApiParameter Backup =
        new("backup", "string", "The Id of the backup's first line; not needed by the request that holds this line.");

    /// <summary>Maps the endpoints.</summary>
    public static void MapBackupApi(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v2/backup", WriteAsync).RequireRole(ApiRole.Admin).Describe(
            new ApiOperation("getBackup", ApiTags.Operations, "Get everything, as lines of JSON")
            {
                Description = "Streams, while writes go on: each user and each item as it was at one point of time, everything that was acknowledged "
                    + "before, nothing twice. The last line has the Kind End and counts the others; without it the backup is cut short, and useless.",
                Response = typeof(string),
                ResponseType = RequestBody.LinesContentType,
            });
        app.MapPost("/api/v2/restore", RestoreAsync).RequireRole(ApiRole.Admin).Describe(
            new ApiOperation("restoreBackup", ApiTags.Operations, "Restore lines of a backup into an empty service")
            {
                Description = "All lines in their order, as many a request as you like, the next request after the answer to the one before. They are restored as "
                    + "they come; lines that come again change nothing. RowAffected says how many lines there were.",
                Body = typeof(string),
                BodyType = RequestBody.LinesContentType,
                Response = typeof(RowsDocument),
                Query = [Backup],
                MayConflict = true,
            });
    }

    private static async Task WriteAsync(HttpContext context)
    {
        var backup = context.RequestServices.GetRequiredService<TenantBackup>();
        context.Response.ContentType = RequestBody.LinesContentType;
        await backup.WriteAsync(TenantGrains.Tenant, context.Response.BodyWriter, context.RequestAborted);
    }

    private static async Task RestoreAsync(HttpContext context)
    {
        var restore = context.RequestServices.GetRequiredService<TenantRestore>();

        // One line is one user, however much that user has done; and no more of them are held than come at once.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        var lines = RequestBody.Stream(context, RequestBody.LinesContentType);
        var restored = await restore.ApplyAsync(TenantGrains.Tenant, RequestValues.Single(context, Backup.Name), lines, context.RequestAborted);
        await JsonResponse.WriteRowsAsync(context, restored);
    }
}
