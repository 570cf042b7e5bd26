using System.Globalization;
using System.Text.Json;
using Lepton.Orleans.Cli.Evaluate;
using Lepton.Orleans.Cli.Tests.Peer;

namespace Lepton.Orleans.Cli.Tests.Evaluate;

public sealed class EvaluateTests : IDisposable
{
    private const int Users = 160;
    private const int Items = 40;
    private readonly CommandRun _command = new();

    private DirectoryInfo Folder => new(_command.Folder);

    public void Dispose() => _command.Dispose();

    [Fact]
    public void Top_k_reads_a_user_and_its_items_a_line()
    {
        _command.Write("train.txt", "0 7 5 6\n2 1\n");
        _command.Write("test.txt", "0 2 3\n1\n2 7\n");

        var data = DataSetReader.TopK(Folder);

        Assert.Equal(20, data.ListLength);
        Assert.Equal(3, data.Training.UserCount);
        Assert.Equal([7, 5, 6], data.Training.Of(0).ToArray());
        Assert.Empty(data.Training.Of(1).ToArray());
        Assert.Equal([[2, 3], [], [7]], data.Cases.Select(asked => asked.Targets));
        Assert.Equal([6, 5, 7], data.Cases[0].Excluded);
    }

    [Fact]
    public void Top_k_puts_what_the_validation_part_has_moved_to_the_end_back_among_the_others()
    {
        _command.Write("train.txt", "0 1 2 3 4 5 6 11 12\n");
        _command.Write("valid.txt", "0 11 12\n");
        _command.Write("test.txt", "0 9\n");

        var history = DataSetReader.TopK(Folder).Training.Of(0).ToArray();

        Assert.Equal([1, 2, 3, 4, 5, 6], history.Where(item => item < 10));
        Assert.Equal([11, 12], history.Where(item => item > 10));
        Assert.Equal(6, history[^1]);
        Assert.True(Array.IndexOf(history, 11) is > 0 and < 5);
    }

    [Fact]
    public void Leave_one_out_reads_times_where_there_are_any_and_the_negatives_of_every_question()
    {
        _command.Write("x.train.rating", "0\t5\t4\t30\n0\t3\t2\t10\n1\t2\t5\t5\n0\t4\t1\t20\n");
        _command.Write("x.test.negative", "(0,6)\t7\t8\n(1,3)\t9\t4\n");

        var data = DataSetReader.LeaveOneOut(Folder);

        Assert.True(data.OrderKnown);
        Assert.Equal([3, 4, 5], data.Training.Of(0).ToArray());
        Assert.Equal(10, data.ListLength);
        Assert.Equal([6], data.Cases[0].Targets);
        Assert.Equal([6, 7, 8], data.Cases[0].Candidates!);
        Assert.Equal([3, 9, 4], data.Cases[1].Candidates!);

        _command.Write("x.train.rating", string.Concat(Enumerable.Range(0, 30).Select(item => $"0\t{item}\t4\n")) + "1\t2\t5\n");
        var unordered = DataSetReader.LeaveOneOut(Folder);
        Assert.False(unordered.OrderKnown);
        Assert.NotEqual(Enumerable.Range(0, 30), unordered.Training.Of(0).ToArray());
        Assert.Equal(Enumerable.Range(0, 30), unordered.Training.Of(0).ToArray().Order());
    }

    [Fact]
    public void Sequences_read_a_user_a_line_and_ask_for_the_last_item()
    {
        _command.Write("sequences.txt", "4 2 7\n\n1 3\n");

        var data = DataSetReader.Sequences(Folder);

        Assert.Equal([4, 2], data.Training.Of(0).ToArray());
        Assert.Equal([[7], [3]], data.Cases.Select(asked => asked.Targets));
        Assert.Equal(10, data.ListLength);
    }

    [Fact]
    public void Sessions_read_items_that_come_again_and_what_comes_after_the_bar()
    {
        _command.Write("train_seqs.csv", "1 2 1\n3\n");
        _command.Write("test_seqs.csv", "2 1|3\n4 | 1\n");

        var data = DataSetReader.Sessions(Folder);

        Assert.Equal([1, 2, 1], data.Training.Of(0).ToArray());
        Assert.Equal([1, 2], data.Cases[0].History);
        Assert.Empty(data.Cases[0].Excluded);
        Assert.Equal([[3], [1]], data.Cases.Select(asked => asked.Targets));
        Assert.Equal(20, data.ListLength);
    }

    [Fact]
    public void A_stream_of_clicks_is_in_order_of_time_and_sessions_of_two_files_are_not_the_same()
    {
        _command.Write("train_full.txt", "SessionId\tItemId\tTime\n1\ta\t20.5\n1\tb\t10\n2\ta\t15\n");
        _command.Write("test.txt", "SessionId\tItemId\tTime\n1\tc\t30\n");

        var data = DataSetReader.Stream(Folder, seed: 1);

        Assert.Equal([1, 0, 0, 2], data.Items);
        Assert.Equal([0, 1, 0, 2], data.Users);
        Assert.Equal([10, 15, 20.5, 30], data.Times.Select(time => (time - DateTime.UnixEpoch).TotalSeconds));
    }

    [Fact]
    public void Sequences_as_a_stream_keep_the_order_of_every_user_and_mix_users_as_the_seed_says()
    {
        _command.Write("sequences.txt", string.Join('\n', Enumerable.Range(0, 30).Select(user => string.Join(' ', Enumerable.Range(user, 8)))));

        var (one, same, other) = (DataSetReader.Stream(Folder, 1), DataSetReader.Stream(Folder, 1), DataSetReader.Stream(Folder, 2));

        Assert.Equal(one.Users, same.Users);
        Assert.NotEqual(one.Users, other.Users);
        Assert.Equal(one.Times.Order(), one.Times);
        foreach (var user in Enumerable.Range(0, 30))
        {
            Assert.Equal(Enumerable.Range(user, 8), one.Items.Where((_, at) => one.Users[at] == user));
        }
    }

    [Theory]
    [InlineData("top-k", "train.txt", "0 1\n1 x 3\n", "line 2: 'x' is not a number")]
    [InlineData("leave-one-out", "x.train.rating", "0 1 2\n", "line 1: user, item and rating")]
    [InlineData("sequences", "sequences.txt", "1 2\n\n3 -4\n", "line 3: '-4' is not a number")]
    [InlineData("sequences", "sequences.txt", "", "sequences.txt is empty")]
    [InlineData("sessions", "train_seqs.csv", "1,2\n", "line 1: '1,2' is not a number")]
    [InlineData("prequential", "train_full.txt", "SessionId\tItemId\tTime\n1\t2\n", "line 2: a session, an item and a time")]
    [InlineData("prequential", "train_full.txt", "SessionId\tItemId\tTime\n1\t2\t1e300\n", "line 2: a session, an item and a time")]
    [InlineData("top-k", "other.txt", "0 1\n", "has no file train.txt")]
    [InlineData("leave-one-out", "other.txt", "0 1\n", "has 0 files *.train.rating")]
    public async Task What_cannot_be_read_is_told_with_its_file_and_line(string protocol, string file, string text, string complaint)
    {
        _command.Write(file, text);
        if (protocol == "prequential")
        {
            _command.Write("test.txt", "SessionId\tItemId\tTime\n");
        }

        Assert.Equal(1, await _command.RunAsync("evaluate", protocol, _command.Folder));

        Assert.Contains(complaint, _command.Error, StringComparison.Ordinal);
        Assert.Contains(_command.Folder, _command.Error, StringComparison.Ordinal);
        Assert.Empty(_command.Output);
    }

    [Theory]
    [InlineData("top-k", 20)]
    [InlineData("leave-one-out", 10)]
    [InlineData("sequences", 10)]
    [InlineData("sessions", 20)]
    [InlineData("prequential", 10)]
    public async Task Json_holds_metrics_as_fractions_and_what_they_cost_and_the_same_seed_gives_the_same_metrics(string protocol, int k)
    {
        WriteRing();

        var first = await ReportAsync(protocol, "--seed", "3");
        var second = await ReportAsync(protocol, "--seed", "3");

        Assert.Equal(
            ["builds", "cpuSeconds", "metrics", "peakMemoryMB", "scoreMicroseconds", "trainCpuSeconds", "trainSeconds"],
            first.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal));
        var metrics = first.GetProperty("metrics").EnumerateObject().ToDictionary(metric => metric.Name, metric => metric.Value.GetDouble());
        Assert.Equal([$"hr@{k}", $"mrr@{k}", $"ndcg@{k}", $"recall@{k}"], metrics.Keys.Order(StringComparer.Ordinal));

        // Everybody goes along the ring in small steps: a list of ten of forty items that knew nothing would hold a quarter.
        Assert.InRange(metrics[$"hr@{k}"], .6, 1);
        Assert.All(metrics.Values, value => Assert.InRange(value, .1, 1));
        Assert.Equal(first.GetProperty("metrics").GetRawText(), second.GetProperty("metrics").GetRawText());
        Assert.All(["builds", "trainSeconds", "trainCpuSeconds", "cpuSeconds", "peakMemoryMB", "scoreMicroseconds"], cost => Assert.True(first.GetProperty(cost).GetDouble() > 0, cost));
    }

    // The replay itself takes a while, and ranking as well.
    [Fact]
    public async Task What_is_not_a_build_is_not_said_to_be_training()
    {
        WriteRing();

        var report = await ReportAsync("prequential", "--mode", "online");

        Assert.Equal((0, 0.0, 0.0), (report.GetProperty("builds").GetInt32(), report.GetProperty("trainSeconds").GetDouble(), report.GetProperty("trainCpuSeconds").GetDouble()));
        Assert.True(report.GetProperty("cpuSeconds").GetDouble() > 0);
    }

    // Shops count their items from millions on, and one of them has the highest number that there is.
    [Theory]
    [InlineData("top-k")]
    [InlineData("leave-one-out")]
    [InlineData("sequences")]
    [InlineData("sessions")]
    [InlineData("prequential")]
    public async Task Ids_of_any_size_give_the_figures_that_dense_numbers_give(string protocol)
    {
        WriteRing();
        var dense = await ReportAsync(protocol);
        WriteRing(user => user == Users - 1 ? int.MaxValue : 700_000_000 + (3 * user), item => item == Items - 1 ? int.MaxValue : 700_000_000 + (1000 * item));
        var sparse = await ReportAsync(protocol);

        Assert.Equal(dense.GetProperty("metrics").GetRawText(), sparse.GetProperty("metrics").GetRawText());
    }

    [Theory]
    [InlineData("1e300")]
    [InlineData("1e-12")]
    [InlineData("0")]
    [InlineData("NaN")]
    public async Task A_half_life_that_is_none_is_refused_with_the_rule(string hours)
    {
        WriteRing();

        Assert.NotEqual(0, await _command.RunAsync("evaluate", "prequential", _command.Folder, "--half-life", hours));

        Assert.Contains("--half-life must be a number of hours from 0.001 to 87600", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_json_the_figures_are_told_with_what_every_source_comes_to_alone()
    {
        WriteRing();

        Assert.Equal(0, await _command.RunAsync("evaluate", "sequences", _command.Folder));

        Assert.Matches(@"ndcg@10 +0\.\d{4}", _command.Output);
        Assert.Matches(@"trained in \d+\.\d s and \d+\.\d CPU s \(builds: 1\), \d+\.\d CPU s in all, \d+ MB at most, \d+ µs a list", _command.Output);
        Assert.Matches(@"weights learned on \d+ users: .* alone: .*Transitions 1?\d?\.\d{4}", _command.Output);
    }

    private async Task<JsonElement> ReportAsync(string protocol, params string[] options)
    {
        using var command = new CommandRun();
        Assert.Equal(0, await command.RunAsync(["evaluate", protocol, _command.Folder, "--json", .. options]));
        Assert.Single(command.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        using var document = JsonDocument.Parse(command.Output);
        return document.RootElement.Clone();
    }

    // The same walks along a ring of items in the form of every protocol.
    private void WriteRing(Func<int, int>? userId = null, Func<int, int>? itemId = null)
    {
        var random = new Random(5);
        var walks = Enumerable.Range(0, Users).Select(_ => random.Next(Items)).Select(at => Enumerable.Range(0, 9)
            .Select(_ => (at = (at + random.Next(1, 3)) % Items)).Distinct().ToArray()).ToArray();
        var negatives = Array.ConvertAll(walks, walk => Enumerable.Range(0, Items).Except(walk).Take(25).ToArray());
        _command.Write("sequences.txt", Lines(walks.Select(Text)));
        _command.Write("train.txt", Lines(walks.Select((walk, user) => $"{User(user)} {Text(walk[..^1])}")));
        _command.Write("test.txt", Lines(walks.Select((walk, user) => $"{User(user)} {Item(walk[^1])}")));
        _command.Write("x.train.rating", Lines(walks.SelectMany((walk, user) => walk[..^1].Select((item, place) => $"{User(user)}\t{Item(item)}\t5\t{place}"))));
        _command.Write("x.test.negative", Lines(walks.Select((walk, user) => $"({User(user)},{Item(walk[^1])})\t{string.Join('\t', negatives[user].Select(Item))}")));
        _command.Write("train_seqs.csv", Lines(walks.Select(walk => Text(walk[..^1]))));
        _command.Write("test_seqs.csv", Lines(walks.Select(walk => $"{Text(walk[..^1])}|{Item(walk[^1])}")));

        int User(int number) => userId?.Invoke(number) ?? number;

        int Item(int number) => itemId?.Invoke(number) ?? number;

        string Text(int[] items) => string.Join(' ', items.Select(item => Item(item).ToString(CultureInfo.InvariantCulture)));

        static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);
    }
}
