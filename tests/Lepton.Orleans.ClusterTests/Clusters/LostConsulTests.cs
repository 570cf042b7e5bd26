using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Clusters;

public sealed class LostConsulTests(ITestOutputHelper output) : ClusterTest(output)
{
    [Fact]
    public async Task Without_Consul_the_cluster_serves_on_a_new_silo_waits_and_both_heal_when_it_is_back()
    {
        await StartClusterAsync(3);
        var ledger = new Ledger("kill -9 of Consul under three silos");
        await using var load = FeedbackLoad.Start([.. Silos.Select(silo => silo.Address)], ledger);
        await AcknowledgedAsync(ledger, 500);

        await Consul.KillAsync();
        ledger.MarkFault();
        var late = SiloProcess.In(Consul, Redis);
        Silos.Add(late);
        var starting = StartAsync(late);
        await Eventually.TrueAsync(_ => Task.FromResult(late.Output.Last(50).Contains("Waiting for Consul", StringComparison.Ordinal)), "a new silo must say what it waits for", Deadline, Cancelled);

        // Past a reading of the table and a sign of life that could not be written, of each silo.
        foreach (var silo in Silos[..3])
        {
            await Eventually.TrueAsync(_ => Task.FromResult(silo.Output.Last(200).Contains("could not be registered with Consul", StringComparison.Ordinal)), "each silo must have missed Consul", Deadline, Cancelled);
        }

        await AcknowledgedAsync(ledger, 2000);
        Assert.False(starting.IsCompleted);
        await load.StopAsync();
        Assert.Empty(ledger.Failures);

        await Consul.StartAsync(Cancelled);
        await starting;
        await MembersAsync(4, Active);
        await Eventually.TrueAsync(async token => (await Consul.PassingAsync("lepton", token)).Count == 4, "Consul must list all four", Deadline, Cancelled);
        Assert.Equal(0, await AllUsersServedAsync(Silos));

        (await CompareAfterRestartAsync(ledger)).AssertClean();
    }
}
