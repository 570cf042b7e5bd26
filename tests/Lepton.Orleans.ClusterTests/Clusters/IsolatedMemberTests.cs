using System.Globalization;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Clusters;

public sealed class IsolatedMemberTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const string Refusals = "lepton_journal_refusals_total";

    [Fact]
    public async Task A_silo_that_is_cut_off_is_not_ready_has_its_writes_refused_by_the_store_and_stops_itself_when_it_finds_out()
    {
        using var network = NetworkGroup.FindOrSkip();
        await StartClusterAsync(3, network);
        await SeedAsync(items: 300);
        var ledger = new Ledger("one of three silos cut off from all but the store (iptables)");
        await using var load = FeedbackLoad.Start([.. Silos.Select(silo => silo.Address)], ledger);
        await AcknowledgedAsync(ledger, 1000);

        // It goes on answering, and writing to the store, for users whom others take over: the worst that a cut can do.
        var isolated = Silos[0];
        network.Cut(toPort: Redis.Port, fromPort: isolated.HttpPort);
        ledger.MarkFault();
        await StatusAsync(isolated, Dead);
        await AllUsersServedAsync(Silos[1], Silos[2]);
        await Eventually.TrueAsync(async token => await RefusalsAsync(isolated, token) > 0, "the store must refuse its writes", Deadline, Cancelled);
        Output.WriteLine($"{await RefusalsAsync(isolated, Cancelled)} of its writes were refused");
        Assert.True(isolated.IsRunning, "It cannot know yet.");

        // Who goes by readiness gives it nothing any more, and sees nothing old.
        await Eventually.TrueAsync(async token => !await isolated.Client.IsReadyAsync(token), "it must not be ready", Deadline, Cancelled);
        Assert.Contains("Neither Consul nor any other silo can be reached.", (await isolated.Client.GetAnswerAsync("api/health/ready", Cancelled)).Detail, StringComparison.Ordinal);
        await using (var balancer = new ReadySilos(Silos))
        {
            await Eventually.TrueAsync(_ => Task.FromResult(Enumerable.Range(0, 6).All(_ => balancer.Next() != 0)), "the balancer must leave it out", Deadline, Cancelled);
            await using var freshness = FreshnessCheck.Start(Silos[1..], ledger, () => balancer.Next() - 1);
            await Eventually.TrueAsync(_ => Task.FromResult(freshness.Reads > 200), "lists must be read", Deadline, Cancelled);
            Assert.Empty(freshness.Violations);
            Assert.False(await isolated.Client.IsReadyAsync(Cancelled));
        }

        network.Mend();
        await isolated.EndedAsync(Deadline, Cancelled);

        await AcknowledgedAsync(ledger, 300);
        await load.StopAsync();
        await load.RepeatUnansweredAsync(Silos[1].Client, Cancelled);
        (await CompareAfterRestartAsync(ledger)).AssertClean();
    }

    private static async Task<double> RefusalsAsync(SiloProcess silo, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = silo.Address };
        var metrics = await http.GetStringAsync(new Uri("metrics", UriKind.Relative), cancellationToken);
        return metrics.Split('\n').Where(line => line.StartsWith(Refusals, StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }
}
