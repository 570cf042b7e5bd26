using System.Diagnostics;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Clusters;

/// <summary>What an autoscaler does.</summary>
public sealed class ScalingTests(ITestOutputHelper output) : ClusterTest(output)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task One_silo_becomes_three_and_one_again_under_load_and_no_request_fails()
    {
        await StartClusterAsync(1);
        await SeedAsync(items: 300);
        SiloProcess[] added = [SiloProcess.In(Consul, Redis), SiloProcess.In(Consul, Redis)];
        Silos.AddRange(added);
        var ledger = new Ledger("one silo becomes three, and one again");
        await using var balancer = new ReadySilos(Silos);
        await using var load = FeedbackLoad.Start([.. Silos.Select(silo => silo.Address)], ledger, connections: 4, choose: balancer.Next);
        await using var lists = ListLoad.Start([.. Silos.Select(silo => silo.Address)], balancer.Next);
        await Eventually.TrueAsync(
            async token => await Silos[0].Client.ActivationsAsync("user", token) >= FeedbackLoad.Users, "all users must be active", Deadline, Cancelled);

        var began = Stopwatch.GetTimestamp();
        Write("one silo under load; two more are started, one after the other");
        foreach (var silo in added)
        {
            await StartAsync(silo);
            Write("one more is ready");
        }

        await MembersAsync(3, Active);
        await Eventually.TrueAsync(
            async token => IsEven(await ActivationsAsync("user", token)) && IsEven(await ActivationsAsync("itemshard", token)),
            "users and shards must be spread evenly",
            Minute,
            Cancelled);
        Write($"each has its share: users {string.Join('/', await ActivationsAsync("user", Cancelled))}, shards {string.Join('/', await ActivationsAsync("itemshard", Cancelled))}");
        await AcknowledgedAsync(ledger, 300);

        foreach (var silo in Enumerable.Reverse(added))
        {
            Write("one is told to leave");
            Assert.Equal(0, await silo.StopAsync(Cancelled));
            Write("it has left");
            await AcknowledgedAsync(ledger, 300);
        }

        await Eventually.TrueAsync(
            async token => await Silos[0].Client.ActivationsAsync("user", token) >= FeedbackLoad.Users, "all users must be active again", Deadline, Cancelled);
        Write("one silo has all users again");
        await load.StopAsync();
        await lists.StopAsync();
        AssertNoneFailed(ledger, lists);
        (await CompareAfterRestartAsync(ledger)).AssertClean();

        void Write(string what) => Output.WriteLine(
            $"{Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s: {what}; {ledger.AcknowledgedRequests} writes acknowledged, {ledger.Failures.Count} failed, {lists.Failures.Count} lists failed");
    }
}
