using System.Diagnostics;
using System.Net;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Clusters;

public sealed class KilledMemberTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const int Watched = 100;

    // Within which all users are served again, as is promised.
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(15);

    // Seconds. Users of the others are answered at once, and nobody is declared dead sooner.
    private const double AtOnce = 2;

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

            // One that was started again is empty until it has been calm for some seconds.
            await Eventually.TrueAsync(
                async token => await ActivationsAsync("user", token) is var users && users[Silos.IndexOf(killed)] * 2 * users.Length > users.Sum(), "it must have users to lose", Deadline, Cancelled);
            var before = ledger.Failures.Count;
            ledger.MarkFault();
            var started = Stopwatch.GetTimestamp();
            await killed.KillAsync();
            SiloProcess[] others = [.. Silos.Where(silo => silo != killed)];
            var declared = SinceAsync(started, StatusAsync(killed, Dead));
            var unlisted = SinceAsync(started, Eventually.TrueAsync(
                async token => (await Consul.PassingAsync("lepton", token)).All(service => service.Port != killed.HttpPort), "Consul must not list it", Deadline, Cancelled));
            var answers = AnswersAsync(others[0], started);
            var failures = await AllUsersServedAsync(others);
            var served = Stopwatch.GetElapsedTime(started);
            var waits = (await answers).Where(wait => wait > AtOnce).Order().ToList();
            Output.WriteLine(
                $"round {round}: declared dead after {await declared:0.0} s; of {Watched} users {waits.Count} had to wait, the first of them for {waits.FirstOrDefault():0.0} s, the last for {waits.LastOrDefault():0.0} s; "
                + $"every user was served by both others after {served.TotalSeconds:0.0} s, {failures} requests in vain; Consul listed it as passing for {await unlisted:0.0} s");
            Assert.True(served < Promised + Stalled, $"All users were served after {served.TotalSeconds:0.0} s, the machine stood still for up to {Stalled.TotalSeconds:0.0} s.");
            await Eventually.TrueAsync(
                async _ => (await LostAsync(others)).All(lost => lost > 0), "the others must tell that a silo is lost", Deadline, Cancelled);
            await killed.StartAsync(Cancelled);
            await MembersAsync(Silos.Count, Active);
            AssertOnlyOf(killed, [.. ledger.Failures.Skip(before)]);
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

    // Writes that the silo had in its hands, or that came while nobody listened; whoever else could not answer in time says when to come back.
    private void AssertOnlyOf(SiloProcess killed, IReadOnlyList<Answer> failures)
    {
        var others = failures.Where(answer => answer.Server != killed.Address).ToList();
        Output.WriteLine($"{failures.Count} writes failed, {others.Count} of them at silos that live");
        Assert.All(others, answer => Assert.True(answer is { Status: HttpStatusCode.ServiceUnavailable, HasRetryAfter: true }, answer.ToString()));
    }

    /// <summary>After how many seconds some users had their first list from a silo, each asked for again and again, over a connection of its own.</summary>
    private static async Task<double[]> AnswersAsync(SiloProcess silo, long started)
    {
        using var client = new LeptonRestClient(silo.Address, connections: Watched);
        return await Task.WhenAll(Enumerable.Range(0, Watched).Select(user => SinceAsync(started, Eventually.TrueAsync(
            async token => (await client.GetRecommendAnswerAsync($"u{user}", token)).Outcome == Outcome.Acknowledged, $"u{user} must be served", Deadline, Cancelled))));
    }

    private static async Task<double> SinceAsync(long started, Task until)
    {
        await until;
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
