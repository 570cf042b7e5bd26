using System.Globalization;
using System.Net;
using Lepton.Orleans.ClusterTests.Faults;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Migrations;

/// <summary>Moves a service with the commands of the runbook.</summary>
public sealed class MigrationTests(ITestOutputHelper output) : FaultTest(output)
{
    private const int Users = 2000;
    private const int EventsPerUser = 10;

    private readonly string folder = Directory.CreateTempSubdirectory("lepton-migration-").FullName;

    [Fact]
    public async Task What_an_embedded_store_acknowledges_while_it_moves_is_in_redis_afterwards_and_once()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        var source = await StartAsync(new SiloProcess());
        var target = await StartAsync(SiloProcess.On(redis));
        var ledger = new Ledger("a move from the embedded store to redis");
        await using var load = FeedbackLoad.Start(source.Address, ledger);
        await AcknowledgedAsync(ledger, 500);
        await Eventually.TrueAsync(source.Client.BuildAsync, "a model must be built", TimeSpan.FromSeconds(120), Cancelled);

        var text = await MoveAsync(source, target);

        // The source answers lists, and takes nothing that nobody would look for there.
        await load.StopAsync();
        var late = await source.Client.PostFeedbackAsync([Late("late")], Cancelled);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (late.Status, late.HasRetryAfter));
        Assert.Equal(Outcome.Acknowledged, (await source.Client.GetRecommendAnswerAsync("u1", Cancelled)).Outcome);
        Assert.Matches(@"users +[1-9]", text);
        Assert.Matches(@"model +[1-9]", text);
        Assert.Matches(@"counters +[1-9]", text);
        Assert.All(ledger.Failures, failure => Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (failure.Status, failure.HasRetryAfter)));

        // Whoever was refused comes to the new one.
        await load.RepeatUnansweredAsync(target.Client, Cancelled);
        Assert.Equal(Outcome.Acknowledged, (await ledger.SendFeedbackAsync(target.Client, [Late("after")], Cancelled)).Outcome);
        (await CompareAfterRestartAsync(target, ledger)).AssertClean();

        // The same command once more is refused, and changes nothing.
        await using var again = CommandProcess.Start(folder, "migrate", "--url", source.Address.ToString(), "--to", target.Address.ToString());
        Assert.Contains("empty service only", (await again.EndAsync(Cancelled)).Text, StringComparison.Ordinal);
        (await LedgerComparison.CompareAsync(target.Client, ledger, Cancelled)).AssertClean();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_target_that_is_killed_in_the_middle_has_everything_after_the_same_command_again(bool isMove)
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        var source = await StartAsync(new SiloProcess());
        var target = await StartAsync(SiloProcess.On(redis));
        var ledger = new Ledger(isMove ? "kill -9 in the middle of a move" : "kill -9 in the middle of a restore");
        await FillAsync(source, ledger);
        var backup = Path.Combine(folder, "backup.ndjson");
        if (!isMove)
        {
            await using var export = CommandProcess.Start(folder, "export", backup, "--url", source.Address.ToString());
            AssertDone(await export.EndAsync(Cancelled));
        }

        string[] arguments = isMove
            ? ["migrate", "--url", source.Address.ToString(), "--to", target.Address.ToString(), "--window", "600", "--retry-for"]
            : ["import", "backup", backup, "--url", target.Address.ToString(), "--retry-for"];
        await using (var interrupted = CommandProcess.Start(folder, [.. arguments, "1"]))
        {
            await Eventually.TrueAsync(
                async token => await target.Client.AllUsersAsync(token).AnyAsync(token), "the first users must have come", TimeSpan.FromSeconds(120), Cancelled);
            Assert.True(interrupted.IsRunning, "It was done before it could be interrupted.");
            ledger.MarkFault();
            await target.KillAsync();
            Assert.Equal(1, (await interrupted.EndAsync(Cancelled)).ExitCode);
        }

        await target.StartAsync(Cancelled);
        Assert.InRange(await target.Client.AllUsersAsync(Cancelled).CountAsync(Cancelled), 1, Users - 1);
        await using (var repeated = CommandProcess.Start(folder, [.. arguments, "60"]))
        {
            AssertDone(await repeated.EndAsync(Cancelled));
        }

        (await CompareAfterRestartAsync(target, ledger)).AssertClean();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private async Task<string> MoveAsync(SiloProcess source, SiloProcess target)
    {
        await using var move = CommandProcess.Start(folder, "migrate", "--url", source.Address.ToString(), "--to", target.Address.ToString(), "--window", "600");
        var (exitCode, text) = await move.EndAsync(Cancelled);
        Output.WriteLine(text);
        AssertDone((exitCode, text));
        return text;
    }

    private static void AssertDone((int ExitCode, string Text) end) => Assert.True(end.ExitCode == 0, end.Text);

    // Lines long enough that a restore takes several requests.
    private static async Task FillAsync(SiloProcess silo, Ledger ledger)
    {
        foreach (var users in Enumerable.Range(0, Users).Chunk(100))
        {
            var rows = users.SelectMany(user => Enumerable.Range(0, EventsPerUser).Select(n => new FeedbackRow
            {
                FeedbackType = "like",
                UserId = string.Create(CultureInfo.InvariantCulture, $"u{user}"),
                ItemId = string.Create(CultureInfo.InvariantCulture, $"i{(user + (n * 7)) % 300}"),
                Value = 1,
                Timestamp = DateTime.UnixEpoch.AddDays(20_000).AddMinutes(n),
                Comment = new string('x', 500),
            })).ToList();
            Assert.Equal(Outcome.Acknowledged, (await AnswerAsync(token => ledger.SendFeedbackAsync(silo.Client, rows, token))).Outcome);
        }
    }

    private static FeedbackRow Late(string user) => new() { FeedbackType = "like", UserId = user, ItemId = "i1", Value = 1, Timestamp = DateTime.UnixEpoch.AddDays(20_000) };
}
