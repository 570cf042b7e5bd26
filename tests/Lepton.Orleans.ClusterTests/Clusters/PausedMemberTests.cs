using Lepton.Orleans.ClusterTests.Ledgers;

namespace Lepton.Orleans.ClusterTests.Clusters;

public sealed class PausedMemberTests(ITestOutputHelper output) : ClusterTest(output)
{
    [Fact]
    public async Task A_silo_that_was_paused_until_it_was_evicted_stops_itself_and_none_of_its_late_writes_counts_twice()
    {
        await StartClusterAsync(3);
        var ledger = new Ledger("SIGSTOP of one of three silos");
        await using var load = FeedbackLoad.Start([.. Silos.Select(silo => silo.Address)], ledger);
        await AcknowledgedAsync(ledger, 1000);

        // The load goes on sending to it: what its sockets take in meanwhile is what it wakes up to.
        var paused = Silos[0];
        paused.Pause();
        ledger.MarkFault();
        await StatusAsync(paused, Dead);
        await AllUsersServedAsync(Silos[1], Silos[2]);
        paused.Resume();
        await paused.EndedAsync(Deadline, Cancelled);

        await AcknowledgedAsync(ledger, 300);
        await load.StopAsync();
        await load.RepeatUnansweredAsync(Silos[1].Client, Cancelled);
        (await CompareAfterRestartAsync(ledger)).AssertClean();
    }
}
