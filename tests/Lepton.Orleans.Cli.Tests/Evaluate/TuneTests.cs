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
}
