using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Clusters;

public sealed class KafkaHandOverTests(ITestOutputHelper output) : ClusterTest(output)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Who_takes_a_partition_over_applies_it_too()
    {
        var kafka = await StartAsync(KafkaProcess.FindOrSkip());
        await StartClusterAsync(2, [.. KafkaFeedback.Settings(kafka), ("Lepton:Training:Automatic", "false")]);
        Assert.Equal(0, await Silos[1].StopAsync(Cancelled));
        using var feedback = new KafkaFeedback(kafka, new Ledger("a silo that joins while the others ingest"));
        await feedback.AppliedAsync(Silos[0].Client, Deadline, Cancelled);

        // Nothing is posted to it, so whatever it counts is from partitions that it reads now.
        await Silos[1].StartAsync(Cancelled);
        await Eventually.TrueAsync(
            async token =>
            {
                await feedback.AppliedAsync(Silos[0].Client, Deadline, token);
                return await Silos[1].Client.MetricAsync("lepton_feedback_received_total", token) > 0;
            },
            "the silo that joined must apply what it reads",
            Deadline,
            Cancelled);
    }

    [Fact]
    public async Task Silos_that_join_leave_and_die_every_10_seconds_while_they_ingest_lose_nothing_and_double_nothing()
    {
        var kafka = await StartAsync(KafkaProcess.FindOrSkip());
        await StartClusterAsync(3, [.. KafkaFeedback.Settings(kafka), ("Lepton:Training:Automatic", "false")]);
        var ledger = new Ledger("silos that join, leave and die every 10 s while they ingest");
        using var feedback = new KafkaFeedback(kafka, ledger);
        await feedback.AppliedAsync(Silos[0].Client, Deadline, Cancelled);

        using var stop = new CancellationTokenSource();
        var sending = feedback.SendUntilAsync(new Random(Seed()), stop.Token);
        using var timer = new PeriodicTimer(Interval);
        for (var round = 0; round < Rounds; round++)
        {
            // The first one stays, so that there is somebody to hand over to.
            var silo = Silos[1 + (round % 2)];
            await timer.WaitForNextTickAsync(Cancelled);
            ledger.MarkFault();
            if (round % 3 == 1)
            {
                await silo.KillAsync();
            }
            else
            {
                Assert.Equal(0, await silo.StopAsync(Cancelled));
            }

            await timer.WaitForNextTickAsync(Cancelled);
            await silo.StartAsync(Cancelled);
        }

        await stop.CancelAsync();
        await sending;
        await feedback.AppliedAsync(Silos[0].Client, Deadline, Cancelled);
        (await CompareAfterRestartAsync(ledger)).AssertClean();
    }
}
