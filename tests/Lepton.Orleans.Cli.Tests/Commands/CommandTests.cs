using System.Text;
using Lepton.Orleans.Cli.Tests.Peer;

namespace Lepton.Orleans.Cli.Tests.Commands;

public sealed class CommandTests : IDisposable
{
    private readonly CommandRun _command = new();

    public void Dispose() => _command.Dispose();

    [Theory]
    [InlineData("recommend", "Required argument 'user' missing")]
    [InlineData("nonsense", "nonsense")]
    [InlineData("recommend ann -n 0", "-n must be between 1 and 1000, not '0'.")]
    [InlineData("recommend ann -n abc", "-n must be between 1 and 1000, not 'abc'.")]
    [InlineData("recommend ann -n", "Required argument missing for option: '-n'.")]
    [InlineData("recommend ann --retry-for soon", "--retry-for must be a whole number of seconds, 0 or more, not 'soon'.")]
    [InlineData("import csv f --batch abc", "--batch must be between 1 and 10000, not 'abc'.")]
    [InlineData("import csv f --parallel x", "--parallel must be between 1 and 64, not 'x'.")]
    [InlineData("evaluate prequential f --hidden abc", "--hidden must be a whole number, 0 or more, not 'abc'.")]
    [InlineData("evaluate prequential f --growth NaN", "--growth must be a number, more than 0, not 'NaN'.")]
    [InlineData("evaluate top-k f --rank 600", "--rank must be between 1 and 512, not '600'.")]
    [InlineData("evaluate top-k f --seed x", "--seed must be a whole number, not 'x'.")]
    [InlineData("evaluate top-k f --tune 10", "--tune must be a length of time up to a week, such as 90s, 10m or 2h, not '10'.")]
    [InlineData("evaluate sessions f --tune 0m", "--tune must be a length of time up to a week, such as 90s, 10m or 2h, not '0m'.")]
    [InlineData("evaluate sequences f --tune 8000h", "--tune must be a length of time up to a week, such as 90s, 10m or 2h, not '8000h'.")]
    [InlineData("verify-erasure", "Required argument")]
    [InlineData("build --url somewhere", "--url must be an http or https address, such as http://127.0.0.1:8088.")]
    [InlineData("import csv f --map UserId", "--map must be field=column, not 'UserId'.")]
    [InlineData("import csv f --users --items", "Only one of --users, --items and --feedback can be given.")]
    [InlineData("import csv f --no-header", "--no-header needs --map, to say which column is what.")]
    [InlineData("import csv f --separator ::", "--separator must be a single ASCII character, or the word tab.")]
    [InlineData("import csv f --map Nobody=x", "--map names the field 'Nobody'; the fields are UserId,")]
    [InlineData("import jsonl f --batch 0", "--batch must be between 1 and 10000, not '0'.")]
    [InlineData("import jsonl f --timestamp-base noon", "--timestamp-base must be a time such as")]
    public async Task A_command_line_that_makes_no_sense_returns_2_and_says_why(string line, string message)
    {
        Assert.Equal(2, await _command.RunAsync(line.Split(' ')));
        Assert.Contains(message, _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_an_option_is_not_buried_under_a_page_of_help()
    {
        Assert.Equal(2, await _command.RunAsync("recommend", "ann", "-n", "abc"));

        Assert.Equal(
            ["-n must be between 1 and 1000, not 'abc'.", "See lepton recommend --help."],
            _command.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.Empty(_command.Output.Trim());
    }

    [Fact]
    public async Task An_export_into_a_folder_that_is_not_there_says_so()
    {
        Assert.Equal(1, await _command.RunAsync("export", "/nonexistent/x.ndjson"));

        Assert.Equal("lepton: There is no folder /nonexistent to write x.ndjson into.", _command.Error.Trim());
    }

    [Fact]
    public async Task Help_tells_how_rows_without_a_time_are_dated()
    {
        Assert.Equal(0, await _command.RunAsync("import", "csv", "--help"));

        Assert.Contains("Feedback without a time gets --timestamp-base plus a millisecond for each line before it", string.Join(' ', _command.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        Assert.Equal(1, await _command.RunAsync("import", "jsonl", "/nowhere/rows.jsonl"));

        Assert.Equal("lepton: There is no file /nowhere/rows.jsonl.", _command.Error.Trim());
    }

    [Fact]
    public async Task A_folder_without_MovieLens_files_is_told_what_it_lacks()
    {
        Assert.Equal(1, await _command.RunAsync("import", "movielens", _command.Folder));

        Assert.Contains("holds neither movies.csv and ratings.csv nor movies.dat and ratings.dat", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MovieLens_arrives_with_titles_and_likes()
    {
        await using var peer = await PeerService.StartAsync();
        _ = _command.Write("movies.csv", "movieId,title,genres\n1,Toy Story (1995),Adventure|Children\n2,\"American President, The (1995)\",Drama\n");
        _ = _command.Write("ratings.csv", "userId,movieId,rating,timestamp\r\n7,1,4.5,964982703\r\n7,2,1.0,964982704\r\n");

        Assert.Equal(0, await _command.RunAsync("import", "movielens", _command.Folder, "--url", peer.Url));

        Assert.Equal(["Toy Story (1995)", "American President, The (1995)"], peer.Items.Values.Select(item => (string)item["Comment"]!));
        Assert.Equal(["dislike/7/2", "like/7/1"], peer.Feedback.Keys);
    }

    [Fact]
    public async Task A_refusal_is_printed_with_title_detail_and_errors()
    {
        await using var peer = await PeerService.StartAsync();
        peer.Fault = (context, _) => PeerService.ProblemAsync(context, 400, "Bad Request", "user must not contain '/'.", """{"UserId":["must not contain '/'"],"Other":["breaks another rule"]}""");

        Assert.Equal(1, await _command.RunAsync("recommend", "a/b", "--url", peer.Url));

        Assert.Contains($"lepton: GET {peer.Url}/api/v2/recommend/a%2Fb?explain=true&n=10: Bad Request (400).", _command.Error, StringComparison.Ordinal);
        Assert.Contains("  user must not contain '/'.", _command.Error, StringComparison.Ordinal);
        Assert.Contains("  Other: breaks another rule", _command.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("UserId:", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_comes_from_the_option_or_the_environment()
    {
        await using var peer = await PeerService.StartAsync();
        _command.Variables["LEPTON_API_KEY"] = "from-environment";

        Assert.Equal(0, await _command.RunAsync("export", "--rows", "-", "--url", peer.Url));
        Assert.Equal(0, await _command.RunAsync("export", "--rows", "-", "--api-key", "from-option", "--url", peer.Url));

        Assert.Equal(["GET /api/items?n=1000&cursor= from-environment", "GET /api/items?n=1000&cursor= from-option"], peer.Requests.Where(request => request.Contains("items", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_service_that_wants_a_key_says_where_to_put_it()
    {
        await using var peer = await PeerService.StartAsync();
        peer.Fault = (context, _) => PeerService.ProblemAsync(context, 401, "Unauthorized", "A key is needed.");

        Assert.Equal(1, await _command.RunAsync("build", "--url", peer.Url));

        Assert.Contains("--api-key, or LEPTON_API_KEY", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_another_service_is_told_apart()
    {
        await using var peer = await PeerService.StartAsync();
        peer.Builds.Enqueue("<html>");

        Assert.Equal(1, await _command.RunAsync("build", "--url", peer.Url));

        Assert.Contains("The address answers, but not as a Lepton service does; is --url right?", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_build_is_watched_to_its_end()
    {
        await using var peer = await PeerService.StartAsync();
        peer.Builds.Enqueue("""{"State":"Running","Stage":"scan","Progress":0.1}""");
        peer.Builds.Enqueue("""{"State":"Running","Stage":"ridge","Progress":0.6}""");
        peer.Builds.Enqueue("""{"State":"Succeeded","ModelVersion":3,"Duration":"00:00:12.5000000","Summary":"1,500 users"}""");

        Assert.Equal(0, await _command.RunAsync("build", "--wait", "--url", peer.Url));

        Assert.Equal("Model 3 was built in 12.5 s from 1,500 users.", _command.Output.Trim());
    }

    [Fact]
    public async Task A_build_that_fails_returns_1_with_the_reason()
    {
        await using var peer = await PeerService.StartAsync();
        peer.Builds.Enqueue("""{"State":"Running","Stage":"scan","Progress":0.1}""");
        peer.Builds.Enqueue("""{"State":"Failed","Error":"There is no positive feedback."}""");

        Assert.Equal(1, await _command.RunAsync("build", "--wait", "--url", peer.Url));

        Assert.Equal("The build failed: There is no positive feedback.", _command.Output.Trim());
    }

    [Fact]
    public async Task A_repair_is_awaited_and_reported()
    {
        await using var peer = await PeerService.StartAsync();
        peer.Builds.Enqueue("""{"State":"Running","Stage":"Keys"}""");
        peer.Builds.Enqueue("""{"State":"Running","Stage":"Items"}""");
        peer.Builds.Enqueue("""{"State":"Succeeded","Seconds":2.04,"Users":{"Scanned":7,"EntriesWithoutState":2,"StatesWithoutEntry":1,"Mended":3},"DeletionsFinished":4,"KeysRemoved":5}""");

        Assert.Equal(0, await _command.RunAsync("repair", "--url", peer.Url));

        Assert.Equal(["POST /api/v2/repair", "GET /api/v2/repair", "GET /api/v2/repair"], peer.Requests);
        Assert.StartsWith("users: 7 scanned, 2 entries without a state, 1 states without an entry, 3 mended.", _command.Output, StringComparison.Ordinal);
        Assert.Contains("4 deletions of items carried through, 5 left-over keys removed, in 2.0 s.", _command.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repair_that_was_cut_off_returns_1_with_the_reason()
    {
        await using var peer = await PeerService.StartAsync();
        peer.Builds.Enqueue("""{"State":"Failed","Error":"The store did not confirm."}""");

        Assert.Equal(1, await _command.RunAsync("repair", "--url", peer.Url));

        Assert.Contains("The repair was cut off: The store did not confirm.", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remains_of_any_of_the_users_return_1()
    {
        await using var peer = await PeerService.StartAsync();
        peer.Fault = async (context, _) =>
        {
            var remains = context.Request.Path.Value!.EndsWith("bob", StringComparison.Ordinal) ? """[{"Kind":"UserIndex","Key":"lepton:{xu:default:4}"}]""" : "[]";
            await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(
                context.Response, $$"""{"UserId":"{{context.Request.Path.Value![^3..]}}","KeysScanned":12,"IndexesSearched":3,"Remains":{{remains}}}""");
            return true;
        };

        Assert.Equal(0, await _command.RunAsync("verify-erasure", "ann", "--url", peer.Url));
        Assert.Equal(1, await _command.RunAsync("verify-erasure", "bob", "ann", "--url", peer.Url));

        var lines = _command.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("ann: nothing is left (12 keys and 3 indexes searched).", lines[0]);
        Assert.Equal(["bob: 1 remains (12 keys and 3 indexes searched):", "UserIndex: lepton:{xu:default:4}", "lepton repair removes entries without a state."], lines[1..4]);
    }

    [Fact]
    public async Task A_list_shows_titles_and_reasons()
    {
        await using var peer = await PeerService.StartAsync();
        peer.Fault = async (context, _) =>
        {
            await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(
                context.Response,
                """{"Items":[{"ItemId":"ember-ii","Title":"Ember [II]","Score":1.25,"Reasons":[{"Source":"transitions","Contribution":0.8,"SeedItemId":"ember","SeedTitle":"Ember","Text":"People go on to it from Ember"}]},{"ItemId":"quiet","Title":"","Score":0.5,"Reasons":[{"Source":"neighbourhood","Contribution":0.5,"SeedItemId":"loud"}]}]}""");
            return true;
        };

        Assert.Equal(0, await _command.RunAsync("recommend", "ann", "-n", "2", "--url", peer.Url));

        var lines = _command.Output.Split('\n');
        Assert.Contains(lines, line => line.Contains("1 ", StringComparison.Ordinal) && line.Contains("Ember [II]", StringComparison.Ordinal) && line.Contains("1.250", StringComparison.Ordinal) && line.Contains("People go on to it from Ember", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("quiet", StringComparison.Ordinal) && line.Contains("neighbourhood, because of loud", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_exported_can_be_imported_elsewhere_and_exports_the_same()
    {
        await using var first = await PeerService.StartAsync();
        await using var second = await PeerService.StartAsync();
        var rows = new StringBuilder();
        for (var i = 0; i < 2300; i++)
        {
            _ = rows.AppendLine($$"""{"ItemId":"i{{i}}","Categories":["c{{i % 3}}"],"Labels":{"n":{{i}}},"IsHidden":{{(i % 9 == 0 ? "true" : "false")}},"Comment":"„{{i}}“ — ü"}""")
                .AppendLine($$"""{"UserId":"u{{i}}","Labels":["x"]}""")
                .AppendLine($$"""{"FeedbackType":"like","UserId":"u{{i}}","ItemId":"i{{i}}","Value":{{i}}.5,"Timestamp":"2024-05-01T18:30:00.123Z","Comment":"\"so\""}""");
        }

        var path = Path.Combine(_command.Folder, "export.jsonl");
        Assert.Equal(0, await _command.RunAsync("import", "jsonl", _command.Write("rows.jsonl", rows.ToString()), "--url", first.Url));
        Assert.Equal(0, await _command.RunAsync("export", "--rows", path, "--url", first.Url));
        Assert.Equal(0, await _command.RunAsync("import", "jsonl", path, "--url", second.Url));
        Assert.Equal(0, await _command.RunAsync("export", "--rows", "-", "--url", second.Url));

        var exported = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(6900, exported.Count(c => c == '\n'));
        Assert.StartsWith("""{"Kind":"Item","ItemId":"i0",""", exported, StringComparison.Ordinal);
        Assert.Equal(exported, Encoding.UTF8.GetString(_command.StandardOutput.ToArray()));
        Assert.Contains("Exported 2,300 items, 2,300 users, 2,300 rows of feedback.", _command.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(path + ".partial"));
    }

    [Fact]
    public async Task An_export_that_fails_leaves_the_last_one_as_it_was()
    {
        await using var peer = await PeerService.StartAsync();
        peer.Fault = (context, number) => number > 1 ? PeerService.ProblemAsync(context, 500, "Internal Server Error", "") : Task.FromResult(false);
        var path = _command.Write("export.jsonl", "before");

        Assert.Equal(1, await _command.RunAsync("export", "--rows", path, "--url", peer.Url));

        Assert.Equal("before", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(path + ".partial"));
    }
}
