using System.Diagnostics;
using System.Globalization;
using Lepton.Orleans.Client;
using Lepton.Orleans.ClusterTests.Processes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Lepton.Orleans.ClusterTests.Clusters;

public sealed class ClientTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const int Writers = 8;
    private const int UsersEach = 10;

    [Fact]
    public async Task A_client_that_finds_its_gateways_in_consul_goes_on_over_the_death_of_a_silo_and_loses_nothing_acknowledged()
    {
        await StartClusterAsync(3);
        await SeedAsync(items: 300);
        using var host = await ConnectAsync();
        var lepton = host.Services.GetRequiredService<LeptonClient>();

        // A silo knows new items within seconds, each in its own time.
        await Eventually.TrueAsync(
            async token => (await lepton.Lists.RecommendAsync("viewer", cancellationToken: token)).Items.Count == 10, "the viewer's silo must know the items", Deadline, Cancelled);
        var before = await lepton.Lists.RecommendAsync("viewer", cancellationToken: Cancelled);
        Assert.Equal(1, await lepton.Feedback.RecordAsync([Event("viewer", before.Items[0].ItemId)], cancellationToken: Cancelled));
        var after = await lepton.Lists.RecommendAsync("viewer", cancellationToken: Cancelled);
        Assert.DoesNotContain(after.Items, place => place.ItemId == before.Items[0].ItemId);

        // Each feedback is an event of its own, without a time: whatever the client sends twice must count once.
        using var stop = new CancellationTokenSource();
        var counts = new int[Writers * UsersEach];
        var slowest = new TimeSpan[Writers];
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(lepton, writer, counts, slowest, stop.Token))).ToList();
        for (var round = 0; round < Rounds; round++)
        {
            await MoreAsync(counts);
            var killed = Silos[round % Silos.Count];
            await killed.KillAsync();
            await StatusAsync(killed, Dead);
            await MoreAsync(counts);
            await killed.StartAsync(Cancelled);
            await MembersAsync(Silos.Count, Active);
        }

        await MoreAsync(counts);
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        var wrong = 0;
        for (var user = 0; user < counts.Length; user++)
        {
            var rows = await lepton.Feedback.ListAsync(Id(user), cancellationToken: Cancelled).ToListAsync(Cancelled);
            wrong += rows is [{ Value: var value }] && (int)value == counts[user] ? 0 : 1;
        }

        Output.WriteLine($"{counts.Sum()} events acknowledged over {Rounds} kills, {wrong} users with another sum; the slowest call took {slowest.Max().TotalSeconds:0.0} s, none failed");
        Assert.Equal(0, wrong);
        await host.StopAsync(Cancelled);
    }

    private async Task<IHost> ConnectAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new("Lepton:Consul", Consul.Url)]);
        builder.AddLeptonClient();
        var host = builder.Build();
        await host.StartAsync(Cancelled);
        return host;
    }

    private static async Task WriteAsync(LeptonClient lepton, int writer, int[] counts, TimeSpan[] slowest, CancellationToken stop)
    {
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            var user = (writer * UsersEach) + (turn % UsersEach);
            var started = Stopwatch.GetTimestamp();
            Assert.Equal(1, await lepton.Feedback.RecordAsync([Event(Id(user), "film-1")], cancellationToken: Cancelled));
            slowest[writer] = Stopwatch.GetElapsedTime(started) is var took && took > slowest[writer] ? took : slowest[writer];
            Interlocked.Increment(ref counts[user]);
        }
    }

    // Every user's calls have come through again.
    private static async Task MoreAsync(int[] counts)
    {
        var seen = counts.ToArray();
        await Eventually.TrueAsync(
            _ => Task.FromResult(Enumerable.Range(0, seen.Length).All(user => Volatile.Read(ref counts[user]) > seen[user] + 1)),
            "each user must be written to",
            Deadline,
            Cancelled);
    }

    private static Feedback Event(string user, string item) => new() { FeedbackType = "play", UserId = user, ItemId = item, Value = 1 };

    private static string Id(int user) => string.Create(CultureInfo.InvariantCulture, $"listener-{user}");
}
