using System.Net;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Clusters;

public sealed class RollingRestartTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const string Roles = "Lepton:Roles";
    private const string Front = "api,items,training";
    private const string Back = "users,recommendations";

    [Fact]
    public async Task Silos_that_are_restarted_one_after_the_other_under_load_hand_over_what_they_hold_and_fail_no_request()
    {
        // A build counts anew what shards hold that move while it runs, and says so.
        await StartClusterAsync(3, ("Lepton:Training:Automatic", "false"));
        await SeedAsync(items: 300);
        var ledger = new Ledger("SIGTERM of three silos, one after the other");
        await using var balancer = new ReadySilos(Silos);
        await using var load = FeedbackLoad.Start([.. Silos.Select(silo => silo.Address)], ledger, connections: 4, choose: balancer.Next);
        await using var freshness = FreshnessCheck.Start(Silos, ledger, balancer.Next);
        await using var lists = ListLoad.Start([.. Silos.Select(silo => silo.Address)], balancer.Next);

        foreach (var silo in Silos)
        {
            await RestartAsync(silo, ledger, lists);
        }

        await AcknowledgedAsync(ledger, 300);
        await load.StopAsync();
        await lists.StopAsync();
        await freshness.StopAsync();
        Output.WriteLine($"{freshness.Reads} lists read after an acknowledgement");
        Assert.All(Silos, silo => Assert.DoesNotContain("was not closed", silo.Output.Last(int.MaxValue), StringComparison.Ordinal));
        Assert.Empty(freshness.Violations);
        AssertNoneFailed(ledger, lists);
        Assert.All(await LostAsync(Silos), lost => Assert.Equal(0, lost));
        (await CompareAfterRestartAsync(ledger)).AssertClean();
    }

    [Fact]
    public async Task Roles_are_split_and_merged_again_by_rolling_restarts_under_load_without_a_failed_request()
    {
        await StartClusterAsync(4);
        await SeedAsync(items: 300);
        await Eventually.TrueAsync(async token => (await Consul.PassingAsync("lepton", token)).Count == 4, "Consul must list four APIs", Deadline, Cancelled);
        var ledger = new Ledger("roles split and merged by SIGTERM of four silos, one after the other, twice");
        await using var balancer = new PassingSilos(Consul, Silos);
        await using var load = FeedbackLoad.Start([.. Silos.Select(silo => silo.Address)], ledger, connections: 4, choose: balancer.Next);
        await using var lists = ListLoad.Start([.. Silos.Select(silo => silo.Address)], balancer.Next);

        foreach (var (silo, roles) in Silos.Zip([Front, Front, Back, Back]))
        {
            silo.Set(Roles, roles);
            await RestartAsync(silo, ledger, lists);
        }

        await AssertSplitAsync(ledger);
        foreach (var silo in Silos)
        {
            silo.Set(Roles, null);
            await RestartAsync(silo, ledger, lists);
        }

        await AcknowledgedAsync(ledger, 300);
        await Eventually.TrueAsync(async token => (await Consul.PassingAsync("lepton", token)).Count == 4, "Consul must list four APIs again", Deadline, Cancelled);
        foreach (var silo in Silos)
        {
            await Eventually.TrueAsync(async token => await silo.Client.ActivationsAsync("user", token) > 0, "each silo must have users again", Deadline, Cancelled);
        }

        await load.StopAsync();
        await lists.StopAsync();
        AssertNoneFailed(ledger, lists);
        (await CompareAfterRestartAsync(ledger)).AssertClean();
    }

    private async Task RestartAsync(SiloProcess silo, Ledger ledger, ListLoad lists)
    {
        await AcknowledgedAsync(ledger, 300);
        ledger.MarkFault();
        Write("is told to stop");
        Assert.Equal(0, await silo.StopAsync(Cancelled));
        Write("has stopped");
        await silo.StartAsync(Cancelled);
        await MembersAsync(Silos.Count, Active);
        Write("is ready and a member");

        void Write(string what) => Output.WriteLine(
            $"{DateTime.Now:HH:mm:ss.fff} silo {Silos.IndexOf(silo)} {what}: {ledger.AcknowledgedRequests} writes acknowledged, {ledger.Failures.Count} failed; {lists.Answered} lists answered, {lists.Failures.Count} failed");
    }

    private async Task AssertSplitAsync(Ledger ledger)
    {
        await AcknowledgedAsync(ledger, 500);
        var apis = await Consul.PassingAsync("lepton", Cancelled);
        Assert.Equal(Silos[..2].Select(silo => silo.HttpPort).Order(), apis.Select(api => api.Port).Order());
        Assert.All(apis, api => Assert.Equal(Front.Split(','), api.Tags.Where(tag => !tag.StartsWith("version-", StringComparison.Ordinal))));
        foreach (var silo in Silos[..2])
        {
            Assert.Equal(0, await silo.Client.ActivationsAsync("user", Cancelled));
            Assert.Equal(0, await silo.Client.ActivationsAsync("recommendation", Cancelled));
            await Eventually.TrueAsync(async token => await silo.Client.ActivationsAsync("itemshard", token) == 8, "each must have half of the shards", Deadline, Cancelled);
        }

        foreach (var silo in Silos[2..])
        {
            await Eventually.TrueAsync(async token => await silo.Client.ActivationsAsync("user", token) > 0, "each must have users", Deadline, Cancelled);
            Assert.Equal(0, await silo.Client.ActivationsAsync("itemshard", Cancelled));
            var refused = await silo.Client.GetAnswerAsync("api/recommend/u1", Cancelled);
            Assert.Equal(HttpStatusCode.MisdirectedRequest, refused.Status);
            Assert.Contains("does not have the role api", refused.Detail, StringComparison.Ordinal);
        }
    }
}
