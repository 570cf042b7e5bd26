using System.Globalization;
using System.Net.NetworkInformation;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Clusters;

public sealed class PausedMemberTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const int Late = 200;
    private const string Refusal = "Another activation has taken over";
    private static readonly int Pauses = Rounds > 3 ? Rounds : 1;

    [Fact]
    public async Task A_silo_that_was_paused_until_it_was_evicted_stops_itself_and_the_store_refuses_its_late_writes()
    {
        await StartClusterAsync(3);
        var ledger = new Ledger("SIGSTOP of one of three silos");
        await using var load = FeedbackLoad.Start([.. Silos.Select(silo => silo.Address)], ledger);
        for (var round = 0; round < Pauses; round++)
        {
            await AcknowledgedAsync(ledger, 1000);
            var paused = Silos[round % Silos.Count];
            await Eventually.TrueAsync(async token => await paused.Client.ActivationsAsync("user", token) > FeedbackLoad.Users / 6, "it must have users to lose", Deadline, Cancelled);
            var before = paused.Output.Mark();
            paused.Pause();
            ledger.MarkFault();
            await StatusAsync(paused, Dead);
            SiloProcess[] others = [.. Silos.Where(silo => silo != paused)];
            await AllUsersServedAsync(others);

            // What its sockets take in meanwhile is what it wakes up to: writes of users who are others' by now.
            using var late = new LeptonRestClient(paused.Address, connections: Late);
            var writes = Enumerable.Range(0, Late).Select(user => ledger.SendFeedbackAsync(late, [LateRow(user, round)], Cancelled)).ToList();
            await Eventually.TrueAsync(_ => Task.FromResult(ConnectionsTo(paused.HttpPort) >= Late), "the late writes must be on their way", Deadline, Cancelled);
            paused.Resume();
            await paused.EndedAsync(Deadline, Cancelled);
            var kept = (await Task.WhenAll(writes)).Count(answer => answer.Outcome == Outcome.Acknowledged);
            var refused = paused.Output.Since(before).Count(line => line.Contains(Refusal, StringComparison.Ordinal));
            Output.WriteLine($"round {round + 1}: of {Late} late writes {kept} were acknowledged; the store refused writes of {refused} of the silo's grains");
            Assert.True(refused > 0, "The store refused none of its writes.");
            await paused.StartAsync(Cancelled);
            await MembersAsync(Silos.Count, Active);
        }

        await AcknowledgedAsync(ledger, 300);
        await load.StopAsync();
        await load.RepeatUnansweredAsync(Silos[1].Client, Cancelled);
        (await CompareAfterRestartAsync(ledger)).AssertClean();
    }

    private static int ConnectionsTo(int port) => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
        .Count(connection => connection.RemoteEndPoint.Port == port && connection.State == TcpState.Established);

    private static FeedbackRow LateRow(int user, int round) => new()
    {
        FeedbackType = "like",
        UserId = string.Create(CultureInfo.InvariantCulture, $"u{user}"),
        ItemId = string.Create(CultureInfo.InvariantCulture, $"late-{round}"),
        Value = 1,
        Timestamp = DateTime.UnixEpoch.AddDays(20_000),
    };
}
