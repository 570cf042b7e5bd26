using System.Net;
using System.Text.Json;

namespace Lepton.Orleans.Silo.Tests.Api;

public sealed class BackupApiTests(LeptonServer source, BackupApiTests.EmptyServer target) : IClassFixture<LeptonServer>, IClassFixture<BackupApiTests.EmptyServer>
{
    private const string Lines = "Content-Type: application/x-ndjson";
    private static readonly string[] Categories = ["good"];

    [Fact]
    public async Task What_is_backed_up_over_HTTP_is_there_after_a_restore_over_HTTP_and_comes_no_second_time()
    {
        await source.Api.WriteAsync("POST", "/api/item", new { ItemId = "film", Categories, Comment = "A film", IsHidden = true });
        await source.Api.WriteAsync("POST", "/api/user", new { UserId = "anna", Labels = new { City = "Ulm" }, Comment = "Anna" });
        await source.Api.WriteAsync("POST", "/api/feedback", Enumerable.Range(0, 30).Select(i => new
        {
            FeedbackType = "like", UserId = $"user {i % 7}", ItemId = $"item {i}", Value = i, Timestamp = "2026-01-02T03:04:05Z", Comment = $"nr {i}",
        }));

        var backup = await BackupAsync(source);
        Assert.Equal("Backup", KindOf(backup[0]));
        Assert.Equal("End", KindOf(backup[^1]));
        var id = JsonDocument.Parse(backup[0]).RootElement.GetProperty("Id").GetString();

        // Something else than a backup, and what does not follow on anything, is refused with the place.
        var problem = await target.Api.ProblemAsync(HttpStatusCode.BadRequest, "POST", "/api/v2/restore", $"{backup[0]}\nnonsense", Lines);
        Assert.True(problem.GetProperty("errors").TryGetProperty("[1]", out _), $"The line is not named: {problem}");
        _ = await target.Api.ProblemAsync(HttpStatusCode.Conflict, "POST", "/api/v2/restore?backup=another", backup[1], Lines);
        _ = await target.Api.ProblemAsync(HttpStatusCode.UnsupportedMediaType, "POST", "/api/v2/restore", backup[0], "Content-Type: text/plain");

        // Some lines a request, each request twice, as after an answer that was lost.
        foreach (var batch in backup.Chunk(11))
        {
            for (var time = 0; time < 2; time++)
            {
                Assert.Equal(batch.Length, (await target.Api.OkAsync("POST", $"/api/v2/restore?backup={id}", string.Join('\n', batch), Lines)).GetProperty("RowAffected").GetInt32());
            }
        }

        foreach (var path in new[] { "/api/item/film", "/api/user/anna", "/api/user/user%203/feedback" })
        {
            Assert.Equal((await source.Api.GetAsync(path)).ToString(), (await target.Api.GetAsync(path)).ToString());
        }

        Assert.Equal(TruthOf(backup), TruthOf(await BackupAsync(target)));

        var refused = await target.Api.ProblemAsync(HttpStatusCode.Conflict, "POST", "/api/v2/restore", string.Join('\n', await BackupAsync(source)), Lines);
        Assert.Contains("empty service only", refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static async Task<string[]> BackupAsync(LeptonServer server)
    {
        var (status, text, response) = await server.Api.SendAsync("GET", "/api/v2/backup");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType?.MediaType);
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
        return text.TrimEnd('\n').Split('\n');
    }

    private static string[] TruthOf(string[] backup) => [.. backup.Where(line => KindOf(line) is "Item" or "User")];

    private static string KindOf(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("Kind").GetString()!;
    }

    /// <summary>A second service, with nothing in it.</summary>
    public sealed class EmptyServer : LeptonServer;
}
