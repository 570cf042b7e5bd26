using System.Globalization;
using System.Text.Json;
using Lepton.Orleans.Cli.Tests.Peer;

namespace Lepton.Orleans.Cli.Tests.Evaluate;

public sealed class TuneTests : IDisposable
{
    private readonly CommandRun _command = new();

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task An_evaluation_with_a_search_says_what_it_has_found_on_the_training_part()
    {
        var random = new Random(3);
        var lines = Enumerable.Range(0, 150).Select(_ => random.Next(40)).Select(at => string.Join(
            ' ', Enumerable.Range(0, 12).Select(_ => (at = (at + random.Next(1, 4)) % 40).ToString(CultureInfo.InvariantCulture)).Distinct()));
        await File.WriteAllLinesAsync(Path.Combine(_command.Folder, "sequences.txt"), lines, TestContext.Current.CancellationToken);

        Assert.Equal(0, await _command.RunAsync("evaluate", "sequences", _command.Folder, "--tune", "1s", "--json"));

        using var report = JsonDocument.Parse(_command.Output);
        var tuning = report.RootElement.GetProperty("tuning");
        var trials = tuning.GetProperty("trials").GetInt32();
        Assert.True(trials > 0);
        Assert.True(tuning.GetProperty("score").GetDouble() >= tuning.GetProperty("defaultScore").GetDouble());
        Assert.Equal(JsonValueKind.Object, tuning.GetProperty("settings").ValueKind);
        Assert.Equal(trials, _command.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }
    [Fact]
    public async Task A_search_on_the_first_half_of_a_stream_finds_the_half_life_too()
    {
        // Every day has two fashions, and what was clicked yesterday is over.
        var random = new Random(3);
        var clicks = Enumerable.Range(0, 2400).Select(at => string.Create(
            CultureInfo.InvariantCulture,
            $"{random.Next(200)}\t{(random.NextDouble() < .7 ? (2 * (at / 40)) + random.Next(2) : random.Next(120))}\t{at * 86400L / 40}"));
        const string header = "SessionId\tItemId\tTime";
        await File.WriteAllLinesAsync(Path.Combine(_command.Folder, "train_full.txt"), [header, .. clicks], TestContext.Current.CancellationToken);
        await File.WriteAllLinesAsync(Path.Combine(_command.Folder, "test.txt"), [header], TestContext.Current.CancellationToken);

        Assert.Equal(0, await _command.RunAsync("evaluate", "prequential", _command.Folder, "--mode", "online", "--tune", "1s", "--json"));

        using var report = JsonDocument.Parse(_command.Output);
        Assert.InRange(report.RootElement.GetProperty("tuning").GetProperty("settings").GetProperty("TrendingHalfLife").GetDouble(), 6, 12);
        Assert.Matches(@"\d\.\d{4}   popularity alone, half-life 24 h", _command.Error);
    }
}
