using System.Diagnostics;
using System.Net;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Clusters;

public sealed class KilledMemberTests(ITestOutputHelper output) : ClusterTest(output)
{
    [Fact]
    public async Task Kill_9_of_one_of_three_silos_under_load_loses_nothing_acknowledged_and_others_take_over_its_users()
    {
        await StartClusterAsync(3);
        var seed = Random.Shared.Next();
        Output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await SeedAsync(items: 300);
        var ledger = new Ledger("kill -9 of one of three silos");
        await using var freshness = FreshnessCheck.Start(Silos, ledger);
        await using var load = FeedbackLoad.Start([.. Silos.Select(silo => silo.Address)], ledger, seed: seed);
        for (var round = 1; round <= Rounds; round++)
        {
            await AcknowledgedAsync(ledger, random.Next(300, 1500));
            var killed = Silos[random.Next(Silos.Count)];
            ledger.MarkFault();
            var started = Stopwatch.GetTimestamp();
            await killed.KillAsync();
            var declared = StatusAsync(killed, Dead);
            var failures = await AllUsersServedAsync([.. Silos.Where(silo => silo != killed)]);
            var served = Stopwatch.GetElapsedTime(started);
            await declared;
            await Eventually.TrueAsync(async token => (await Consul.PassingAsync("lepton", token)).All(service => service.Port != killed.HttpPort), "Consul must not list it", Deadline, Cancelled);
            Output.WriteLine($"round {round}: every user was served by both others after {served.TotalSeconds:0.0} s, {failures} requests in vain; declared dead within {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
            await killed.StartAsync(Cancelled);
            await MembersAsync(Silos.Count, Active);
        }

        await AcknowledgedAsync(ledger, 300);
        await load.StopAsync();
        await freshness.StopAsync();
        Output.WriteLine($"{freshness.Reads} lists read after an acknowledgement");
        Assert.True(freshness.Reads > 0);
        Assert.Empty(freshness.Violations);
        await load.RepeatUnansweredAsync(Cancelled);
        Assert.DoesNotContain(ledger.Failures, answer => answer.Status == HttpStatusCode.InternalServerError);

        (await CompareAfterRestartAsync(ledger)).AssertClean();
    }
}
