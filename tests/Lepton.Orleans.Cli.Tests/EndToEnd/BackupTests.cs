using System.Globalization;
using System.Text;
using Lepton.Orleans.Cli.Tests.Peer;
using Lepton.Orleans.Engine.Samples;

namespace Lepton.Orleans.Cli.Tests.EndToEnd;

public sealed class BackupTests : IDisposable
{
    private readonly CommandRun _command = new();

    private string Backup => Path.Combine(_command.Folder, "backup.ndjson");

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task A_backup_restored_into_an_empty_service_gives_the_lists_that_the_first_one_gave()
    {
        var sample = SampleCatalog.Generate(new SampleOptions { Items = 300, Users = 60, EventsPerUser = 20, Now = new DateTime(2026, 5, 4, 18, 0, 0, DateTimeKind.Utc) });
        var users = sample.Users.Select(user => user.UserId).ToArray();
        string[] lists;
        await using (var service = await RealService.StartAsync())
        {
            var text = new StringBuilder();
            foreach (var row in sample.Events)
            {
                _ = text.AppendLine(CultureInfo.InvariantCulture, $$"""{"FeedbackType":"{{row.FeedbackType}}","UserId":"{{row.UserId}}","ItemId":"{{row.ItemId}}","Value":{{row.Value}},"Timestamp":"{{row.Timestamp:O}}"}""");
            }

            Assert.Equal(0, await _command.RunAsync("import", "jsonl", _command.Write("sample.jsonl", text.ToString()), "--url", service.Url));
            Assert.Equal(0, await _command.RunAsync("build", "--wait", "--url", service.Url));
            lists = await SettledListsAsync(service, users);
            Assert.Equal(0, await _command.RunAsync("export", Backup, "--url", service.Url));
        }

        Assert.Contains("60 users of tenant default", _command.Error, StringComparison.Ordinal);
        await using (var other = await RealService.StartAsync())
        {
            // Cut short: refused before anything was sent.
            var lines = await File.ReadAllLinesAsync(Backup, TestContext.Current.CancellationToken);
            var cut = _command.Write("cut.ndjson", string.Join('\n', lines[..^1]));
            Assert.Equal(1, await _command.RunAsync("import", "backup", cut, "--url", other.Url));
            Assert.Contains("cut short", _command.Error, StringComparison.Ordinal);

            Assert.Equal(0, await _command.RunAsync("import", "backup", Backup, "--url", other.Url));
            string[] restored = [];
            for (var left = 300; left > 0 && !lists.AsEnumerable().SequenceEqual(restored); left--)
            {
                restored = await ListsAsync(other, users);
                await Task.Delay(100, TestContext.Current.CancellationToken); // between two looks at the condition
            }

            Assert.Equal(lists, restored);
            Assert.Equal(1, await _command.RunAsync("import", "backup", Backup, "--url", other.Url));
            Assert.Contains("empty service only", _command.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"Kind":"Backup","Version":3,"Tenant":"default","Id":"x"}""", "format 3")]
    [InlineData("""{"ItemId":"a"}""", "no backup")]
    [InlineData("", "no backup")]
    [InlineData("{\"Kind\":\"Backup\",\"Version\":1,\"Tenant\":\"default\",\"Id\":\"x\"}\n{\"Kind\":\"End\",\"Items\":1,\"Users\":0,\"ModelParts\":0,\"CounterPieces\":0,\"Events\":0}", "1 lines of the Kind Item, and has 0")]
    public async Task What_is_no_whole_backup_of_a_known_format_is_refused_before_anything_is_sent(string text, string because)
    {
        await using var peer = await PeerService.StartAsync();
        Assert.Equal(1, await _command.RunAsync("import", "backup", _command.Write("bad.ndjson", text), "--url", peer.Url));
        Assert.Contains(because, _command.Error, StringComparison.Ordinal);
        Assert.Empty(peer.Requests);
    }

    [Fact]
    public async Task A_restore_that_was_interrupted_goes_on_behind_what_was_acknowledged()
    {
        var line = """{"Kind":"Item","Number":0,"ItemId":"PADDING"}""".Replace("PADDING", new string('x', 400_000), StringComparison.Ordinal);
        var path = _command.Write("backup.ndjson", string.Join('\n', [
            """{"Kind":"Backup","Version":1,"Tenant":"default","Id":"x"}""", .. Enumerable.Repeat(line, 8),
            """{"Kind":"End","Items":8,"Users":0,"ModelParts":0,"CounterPieces":0,"Events":0}"""]));
        var (received, requests) = (new List<int>(), 0);
        await using var peer = await PeerService.StartAsync();
        peer.Fault = async (context, _) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            requests++;
            context.Response.StatusCode = requests == 2 ? 400 : 200;
            if (requests != 2)
            {
                received.Add(body.Count(c => c == '\n'));
            }

            return true;
        };
        Assert.Equal(1, await _command.RunAsync("import", "backup", path, "--url", peer.Url));
        Assert.Equal([4], received);
        Assert.Equal(0, await _command.RunAsync("import", "backup", path, "--url", peer.Url));
        Assert.Equal(10, received.Sum());
        Assert.Contains("Going on at line 5", _command.Error, StringComparison.Ordinal);
    }

    // What was learned from the last events reaches lists within seconds of the build.
    private static async Task<string[]> SettledListsAsync(RealService service, string[] users)
    {
        var lists = await ListsAsync(service, users);
        for (var same = 0; same < 50; same++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken); // between two looks at the condition
            var next = await ListsAsync(service, users);
            same = next.AsSpan().SequenceEqual(lists) ? same : 0;
            lists = next;
        }

        return lists;
    }

    private static async Task<string[]> ListsAsync(RealService service, string[] users)
    {
        using var http = new HttpClient { BaseAddress = new Uri(service.Url) };
        return await Task.WhenAll(users.Select(user => http.GetStringAsync(new Uri($"/api/recommend/{Uri.EscapeDataString(user)}?n=50", UriKind.Relative), TestContext.Current.CancellationToken)));
    }
}
