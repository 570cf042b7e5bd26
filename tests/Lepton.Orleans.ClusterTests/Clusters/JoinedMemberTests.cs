using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Clusters;

public sealed class JoinedMemberTests(ITestOutputHelper output) : ClusterTest(output)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_minute_after_a_third_silo_has_joined_under_load_it_carries_its_share_of_users_and_shards()
    {
        await StartClusterAsync(2);
        var ledger = new Ledger("a third silo joins two");
        await using var load = FeedbackLoad.Start([.. Silos.Select(silo => silo.Address)], ledger);
        await Eventually.TrueAsync(async token => (await ActivationsAsync("user", token)).Sum() >= FeedbackLoad.Users, "all users must be active", Deadline, Cancelled);
        await WriteAsync("two silos");

        var joined = SiloProcess.In(Consul, Redis);
        Silos.Add(joined);
        ledger.MarkFault();
        await StartAsync(joined);
        await MembersAsync(3, Active);
        await Eventually.TrueAsync(
            async token => IsEven(await ActivationsAsync("user", token)) && IsEven(await ActivationsAsync("itemshard", token)),
            "users and shards must be spread evenly",
            Minute,
            Cancelled);
        await WriteAsync("three silos");

        await AcknowledgedAsync(ledger, 300);
        await load.StopAsync();
        await WriteAsync("at the end");
        Assert.True(IsEven(await ActivationsAsync("user", Cancelled)));
        Assert.Empty(ledger.Failures);
        (await CompareAfterRestartAsync(ledger)).AssertClean();
    }

    private async Task WriteAsync(string when) =>
        Output.WriteLine($"{when}: users {string.Join('/', await ActivationsAsync("user", Cancelled))}, shards {string.Join('/', await ActivationsAsync("itemshard", Cancelled))}");
}
