using System.Net;
using Lepton.Orleans.ClusterTests.Clusters;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Migrations;

/// <summary>Moves a service of several silos, of which not all see the end.</summary>
public sealed class ClusterMigrationTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const int MostRuns = 5;

    private readonly string folder = Directory.CreateTempSubdirectory("lepton-migration-").FullName;

    [Fact]
    public async Task What_three_silos_acknowledge_arrives_once_though_one_of_them_is_killed_in_the_window()
    {
        await StartClusterAsync(3);
        var target = await StartAsync(SiloProcess.On(await StartAsync(RedisProcess.FindOrSkip())));
        await SeedAsync(items: 300);
        var ledger = new Ledger("kill -9 of one of the source's three silos in the window of a move");
        await using var load = FeedbackLoad.Start([.. Silos.Select(silo => silo.Address)], ledger, seed: Seed());
        await AcknowledgedAsync(ledger, 500);

        var (exitCode, runs) = (1, 0);
        for (; exitCode != 0 && runs < MostRuns; runs++)
        {
            await using var move = CommandProcess.Start(folder, "migrate", "--url", Silos[0].Address.ToString(), "--to", target.Address.ToString(), "--window", "600");
            if (runs == 0)
            {
                await Eventually.TrueAsync(
                    _ => Task.FromResult(!move.IsRunning || move.Text.Contains("refuses writes, for", StringComparison.Ordinal)), "the window must come", TimeSpan.FromSeconds(240), Cancelled);
                ledger.MarkFault();
                await Silos[2].KillAsync();
            }

            // It may fail, with the source open again, and goes on when it is run again.
            (exitCode, var text) = await move.EndAsync(Cancelled);
            Output.WriteLine(text);
        }

        Assert.True(exitCode == 0, $"It has not ended in {runs} runs.");
        await load.StopAsync();
        Assert.DoesNotContain(ledger.Failures, answer => answer.Status == HttpStatusCode.InternalServerError);
        await load.RepeatUnansweredAsync(target.Client, Cancelled);
        (await CompareAfterRestartAsync(target, ledger)).AssertClean();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}
