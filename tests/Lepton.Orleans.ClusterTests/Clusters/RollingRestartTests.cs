using System.Collections.Concurrent;
using System.Globalization;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Clusters;

public sealed class RollingRestartTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const int Readers = 3;

    [Fact]
    public async Task Silos_that_are_restarted_one_after_the_other_under_load_hand_over_what_they_hold_and_lose_nothing()
    {
        await StartClusterAsync(3);
        await SeedAsync(items: 300);
        var ledger = new Ledger("SIGTERM of three silos, one after the other");
        await using var balancer = new ReadySilos(Silos);
        await using var load = FeedbackLoad.Start([.. Silos.Select(silo => silo.Address)], ledger, connections: 4, choose: balancer.Next, repeatable: true);
        await using var freshness = FreshnessCheck.Start(Silos, ledger, balancer.Next);
        using var stopReading = new CancellationTokenSource();
        var unread = new ConcurrentQueue<Answer>();
        var readers = Enumerable.Range(0, Readers).Select(_ => Task.Run(() => ReadAsync(balancer, unread, stopReading.Token))).ToList();

        foreach (var silo in Silos)
        {
            await AcknowledgedAsync(ledger, 300);
            ledger.MarkFault();
            Assert.Equal(0, await silo.StopAsync(Cancelled));
            Output.WriteLine($"stopped: {ledger.AcknowledgedRequests} writes acknowledged, {ledger.Failures.Count} failed, {unread.Count} reads failed");
            await silo.StartAsync(Cancelled);
            await MembersAsync(Silos.Count, Active);
            Output.WriteLine($"started: {ledger.AcknowledgedRequests} writes acknowledged, {ledger.Failures.Count} failed, {unread.Count} reads failed");
        }

        await AcknowledgedAsync(ledger, 300);
        await load.StopAsync();
        await stopReading.CancelAsync();
        await Task.WhenAll(readers);
        await freshness.StopAsync();
        Output.WriteLine($"{freshness.Reads} lists read after an acknowledgement");
        foreach (var answer in ledger.Failures.Concat(unread).Take(20))
        {
            Output.WriteLine(answer.ToString());
        }

        Assert.All(Silos, silo => Assert.DoesNotContain("was not closed", silo.Output.Last(int.MaxValue), StringComparison.Ordinal));
        Assert.Empty(freshness.Violations);
        (await CompareAfterRestartAsync(ledger)).AssertClean();
    }

    private async Task ReadAsync(ReadySilos balancer, ConcurrentQueue<Answer> unread, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var user = string.Create(CultureInfo.InvariantCulture, $"u{Random.Shared.Next(FeedbackLoad.Users)}");
            var answer = await Silos[balancer.Next()].Client.GetRecommendAnswerAsync(user, CancellationToken.None);
            if (answer.Outcome != Outcome.Acknowledged)
            {
                unread.Enqueue(answer);
            }
        }
    }
}
