using System.Globalization;
using System.Text;
using Lepton.Orleans.Cli.Tests.Peer;

namespace Lepton.Orleans.Cli.Tests.Importing;

public sealed class ImportTests : IDisposable
{
    private readonly CommandRun _command = new();

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task A_file_of_all_kinds_arrives_whole_and_a_second_import_changes_nothing()
    {
        await using var peer = await PeerService.StartAsync();
        var file = _command.Write("all.jsonl", Mixed(3500));

        Assert.Equal(0, await _command.RunAsync("import", "jsonl", file, "--url", peer.Url));
        Assert.Contains("all.jsonl: 3,500 rows in ", _command.Error, StringComparison.Ordinal);
        Assert.Contains("; 2,000 of 2,000 rows of feedback changed something.", _command.Error, StringComparison.Ordinal);
        Assert.Equal((500, 1000, 2000), (peer.Items.Count, peer.Users.Count, peer.Feedback.Count));

        Assert.Equal(0, await _command.RunAsync("import", "jsonl", file, "--url", peer.Url));
        Assert.Contains("3,500 rows in", _command.Error.Split("changed something.")[1], StringComparison.Ordinal);
        Assert.Contains("; 0 of 2,000 rows of feedback changed something.", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_carry_about_a_thousand_rows_each()
    {
        await using var peer = await PeerService.StartAsync();
        var file = _command.Write("likes.csv", Likes(20_000));

        Assert.Equal(0, await _command.RunAsync("import", "csv", file, "--type", "like", "--url", peer.Url));

        Assert.Equal(20_000, peer.BatchSizes.Sum());
        Assert.All(peer.BatchSizes, size => Assert.InRange(size, 1, 1000));
        Assert.InRange(peer.BatchSizes.Count, 20, 24);
    }

    [Fact]
    public async Task A_busy_service_is_asked_again_after_the_time_it_names()
    {
        await using var peer = await PeerService.StartAsync();
        peer.Fault = (context, number) => number == 1
            ? PeerService.ProblemAsync(context, 503, "Service Unavailable", "The store is moving.", retryAfter: "1")
            : Task.FromResult(false);
        var file = _command.Write("likes.csv", Likes(10));

        Assert.Equal(0, await _command.RunAsync("import", "csv", file, "--type", "like", "--parallel", "1", "--url", peer.Url));

        Assert.Equal(10, peer.Feedback.Count);
        Assert.Contains($"{peer.Url}/: Service Unavailable (503): The store is moving; trying again in 1 s.", _command.Error, StringComparison.Ordinal);
        Assert.Equal(2, peer.Requests.Count);
    }

    [Fact]
    public async Task A_service_that_starts_a_moment_later_is_waited_for()
    {
        var port = PeerService.FreePort();
        var file = _command.Write("likes.csv", Likes(10));

        var import = _command.RunAsync("import", "csv", file, "--type", "like", "--url", $"http://127.0.0.1:{port}");
        await EventuallyAsync(() => _command.Error.Contains("connection refused", StringComparison.Ordinal));
        await using var peer = await PeerService.StartAsync(port);

        Assert.Equal(0, await import);
        Assert.Equal(10, peer.Feedback.Count);
    }

    [Fact]
    public async Task A_service_that_stays_away_ends_the_command_with_its_address()
    {
        var port = PeerService.FreePort();
        var file = _command.Write("likes.csv", Likes(10));

        Assert.Equal(1, await _command.RunAsync("import", "csv", file, "--type", "like", "--retry-for", "0", "--url", $"http://127.0.0.1:{port}"));

        Assert.Contains($"lepton: http://127.0.0.1:{port}/: nothing answers there (connection refused). Gave up after 0 s.", _command.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_is_cut_in_mid_request_loses_and_doubles_nothing()
    {
        await using var peer = await PeerService.StartAsync();
        peer.Fault = async (context, number) =>
        {
            if (number % 3 != 1)
            {
                return false;
            }

            var some = new byte[100];
            _ = await context.Request.Body.ReadAsync(some);
            context.Abort();
            return true;
        };
        var file = _command.Write("likes.csv", Likes(6000));

        Assert.Equal(0, await _command.RunAsync("import", "csv", file, "--type", "like", "--url", peer.Url));

        Assert.Equal(6000, peer.Feedback.Count);
        Assert.Contains("the connection was lost; trying again", _command.Error, StringComparison.Ordinal);
        Assert.Contains("6,000 rows in", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupted_import_goes_on_after_the_last_row_that_is_certain()
    {
        await using var peer = await PeerService.StartAsync();
        var file = _command.Write("likes.csv", Likes(20_000));
        string[] command = ["import", "csv", file, "--type", "like", "--parallel", "2", "--batch", "500", "--url", peer.Url];
        peer.Fault = (context, number) => number > 20 ? PeerService.ProblemAsync(context, 500, "Internal Server Error", "Out of luck.") : Task.FromResult(false);

        Assert.Equal(1, await _command.RunAsync(command));
        Assert.Contains("Out of luck.", _command.Error, StringComparison.Ordinal);
        var before = peer.BatchSizes.Sum();
        Assert.InRange(before, 8000, 10_000);
        _ = Assert.Single(Directory.GetFiles(_command.StateDirectory));

        peer.Fault = (_, _) => Task.FromResult(false);
        Assert.Equal(0, await _command.RunAsync(command));

        Assert.Equal(20_000, peer.Feedback.Count);
        Assert.InRange(peer.BatchSizes.Sum() - before, 20_000 - before, 20_000 - before + 3000);
        Assert.Contains("Going on at line ", _command.Error, StringComparison.Ordinal);
        Assert.Contains("of likes.csv", _command.Error, StringComparison.Ordinal);
        Assert.Equal(1, peer.Writes["like/u1/i0"]);
        Assert.Empty(Directory.GetFiles(_command.StateDirectory));
    }

    [Fact]
    public async Task A_cancelled_import_keeps_its_place()
    {
        await using var peer = await PeerService.StartAsync();
        using var stop = new CancellationTokenSource();
        peer.Fault = async (_, number) =>
        {
            if (number == 10)
            {
                await stop.CancelAsync();
            }

            return false;
        };
        var file = _command.Write("likes.csv", Likes(20_000));
        string[] command = ["import", "csv", file, "--type", "like", "--batch", "500", "--url", peer.Url];

        Assert.Equal(1, await _command.RunAsync(stop.Token, command));
        Assert.Contains("lepton: Stopped.", _command.Error, StringComparison.Ordinal);
        peer.Fault = (_, _) => Task.FromResult(false);
        Assert.Equal(0, await _command.RunAsync(command));

        Assert.Equal(20_000, peer.Feedback.Count);
        Assert.Contains("Going on at line ", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_whose_data_was_replaced_gets_all_rows_again()
    {
        var port = PeerService.FreePort();
        var file = _command.Write("likes.csv", Likes(10_000));
        string[] command = ["import", "csv", file, "--type", "like", "--batch", "500", "--url", $"http://127.0.0.1:{port}"];
        await using (var first = await PeerService.StartAsync(port))
        {
            first.Fault = (context, number) => number > 10 ? PeerService.ProblemAsync(context, 500, "Internal Server Error", "") : Task.FromResult(false);
            Assert.Equal(1, await _command.RunAsync(command));
        }

        await using var second = await PeerService.StartAsync(port);
        Assert.Equal(0, await _command.RunAsync(command));

        Assert.Contains("the service no longer has its rows: starting over", _command.Error, StringComparison.Ordinal);
        Assert.Equal(10_000, second.Feedback.Count);
    }

    [Fact]
    public async Task Restart_and_a_changed_file_start_over()
    {
        await using var peer = await PeerService.StartAsync();
        var file = _command.Write("likes.csv", Likes(4000));
        string[] command = ["import", "csv", file, "--type", "like", "--batch", "500", "--parallel", "1", "--url", peer.Url];
        peer.Fault = (context, number) => number is 4 or 8 ? PeerService.ProblemAsync(context, 500, "Internal Server Error", "") : Task.FromResult(false);

        Assert.Equal(1, await _command.RunAsync(command));
        Assert.Equal(1, await _command.RunAsync([.. command, "--restart"]));
        _ = _command.Write("likes.csv", Likes(4001));
        Assert.Equal(0, await _command.RunAsync(command));

        Assert.Equal(3, peer.Writes["like/u1/i0"]);
        Assert.DoesNotContain("Going on", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_of_one_user_and_item_all_count_and_none_twice()
    {
        await using var peer = await PeerService.StartAsync();
        var text = new StringBuilder("UserId,ItemId,Value,Timestamp\n");
        for (var i = 0; i < 6000; i++)
        {
            _ = text.Append(CultureInfo.InvariantCulture, $"u{i % 7},i{i % 11},1,{1_700_000_000 + i}\n");
        }

        var file = _command.Write("plays.csv", text.ToString());
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(0, await _command.RunAsync("import", "csv", file, "--type", "play", "--batch", "100", "--parallel", "8", "--url", peer.Url));
            Assert.Equal(77, peer.Feedback.Count);
            Assert.Equal(6000, peer.Feedback.Values.Sum(row => (double)row["Value"]!));
        }

        Assert.Contains("; 6,000 of 6,000 rows of feedback changed something.", _command.Error, StringComparison.Ordinal);
        Assert.Contains("; 0 of 6,000 rows of feedback changed something.", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Feedback_without_a_time_gets_the_same_time_at_every_import()
    {
        await using var peer = await PeerService.StartAsync();
        var file = _command.Write("likes.csv", "UserId,ItemId\nu1,a\nu1,b\n");

        Assert.Equal(0, await _command.RunAsync("import", "csv", file, "--type", "like", "--url", peer.Url));
        Assert.Equal(0, await _command.RunAsync("import", "csv", file, "--type", "like", "--url", peer.Url));

        Assert.Equal(["2000-01-01T00:00:00.002Z", "2000-01-01T00:00:00.003Z"], peer.Feedback.Values.Select(row => (string)row["Timestamp"]!));
        Assert.Contains("; 0 of 2 rows of feedback changed something.", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_row_stops_the_import_with_its_place_and_the_rows_before_it_are_there()
    {
        await using var peer = await PeerService.StartAsync();
        var file = _command.Write("likes.csv", "UserId,ItemId,Value\nu1,a,1\nu2,b/c,1\nu3,c,1\n");

        Assert.Equal(1, await _command.RunAsync("import", "csv", file, "--type", "like", "--url", peer.Url));

        Assert.Contains("lepton: likes.csv, line 3: ItemId must not contain '/'.", _command.Error, StringComparison.Ordinal);
        Assert.Equal(["like/u1/a"], peer.Feedback.Keys);
    }

    [Fact]
    public async Task Bad_rows_can_be_passed_over_and_are_counted()
    {
        await using var peer = await PeerService.StartAsync();
        var file = _command.Write("likes.csv", "UserId,ItemId,Value\nu1,a,1\nu2,b/c,1\nu3,c,many\nu4,d,1\n");

        Assert.Equal(0, await _command.RunAsync("import", "csv", file, "--type", "like", "--skip-bad", "--url", peer.Url));

        Assert.Equal(["like/u1/a", "like/u4/d"], peer.Feedback.Keys);
        Assert.Contains("likes.csv, line 4: Value must be a number, with a point before decimals.", _command.Error, StringComparison.Ordinal);
        Assert.Contains("2 bad rows were passed over.", _command.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_row_that_only_the_service_refuses_is_found_in_the_file(bool skip)
    {
        await using var peer = await PeerService.StartAsync();
        peer.Fault = (context, number) => number == 1
            ? PeerService.ProblemAsync(context, 400, "Bad Request", "[2].Labels must not be longer.", """{"[2].Labels":["must not be longer"]}""")
            : Task.FromResult(false);
        var file = _command.Write("users.jsonl", string.Concat(Enumerable.Range(1, 5).Select(i => $$"""{"UserId":"u{{i}}"}""" + "\n")));

        var code = await _command.RunAsync(["import", "jsonl", file, "--parallel", "1", "--url", peer.Url, .. skip ? ["--skip-bad"] : Array.Empty<string>()]);

        Assert.Equal(skip ? 0 : 1, code);
        Assert.Contains("users.jsonl, line 3: Labels must not be longer.", _command.Error, StringComparison.Ordinal);
        Assert.Equal(skip ? ["u1", "u2", "u4", "u5"] : [], peer.Users.Keys);
    }

    private static string Likes(int rows)
    {
        var text = new StringBuilder("UserId,ItemId,Timestamp\n");
        for (var i = 0; i < rows; i++)
        {
            _ = text.Append(CultureInfo.InvariantCulture, $"u{1 + (i % 400)},i{i / 400},{1_700_000_000 + i}\n");
        }

        return text.ToString();
    }

    private static string Mixed(int rows)
    {
        var text = new StringBuilder();
        for (var i = 0; i < rows; i++)
        {
            _ = text.AppendLine((i % 7) switch
            {
                0 => $$"""{"ItemId":"i{{i}}","Categories":["a"],"Comment":"Film {{i}}"}""",
                1 or 2 => $$$"""{"Kind":"User","UserId":"u{{{i}}}","Labels":{"n":{{{i}}} }}""",
                _ => $$"""{"FeedbackType":"like","UserId":"u{{i}}","ItemId":"i{{i}}","Value":1}""",
            });
        }

        return text.ToString();
    }

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!condition())
        {
            _ = await poll.WaitForNextTickAsync(deadline.Token);
        }
    }
}
