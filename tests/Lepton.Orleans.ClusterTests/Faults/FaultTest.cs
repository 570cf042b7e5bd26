using System.Diagnostics;
using System.Globalization;
using System.Net;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Faults;

/// <summary>A test that does something to running servers: owns them, and shows what they wrote last when it fails.</summary>
public abstract class FaultTest(ITestOutputHelper output) : IAsyncDisposable
{
    private static readonly TimeSpan LoadDeadline = TimeSpan.FromSeconds(120);

    // What a caller is promised while the store is away; on top of it comes what the machine itself keeps everybody waiting.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly List<ServerProcess> servers = [];
    private readonly StallMeter stalls = new();
    private int probes;

    /// <summary>How often a fault is repeated: few times on every change, often in a soak.</summary>
    private protected static int Rounds => Environment.GetEnvironmentVariable("LEPTON_LONG") == "1" ? 20 : 2;

    /// <summary>What random choices begin with: another number every time, or that of a run to repeat.</summary>
    private protected int Seed()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("LEPTON_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        output.WriteLine($"LEPTON_SEED={seed}");
        return seed;
    }

    /// <summary>The longest that the machine has kept anybody waiting.</summary>
    private protected TimeSpan Stalled => stalls.Longest;

    private protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private protected ITestOutputHelper Output => output;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var server in Enumerable.Reverse(servers))
        {
            if (TestContext.Current.TestState?.Result == TestResult.Failed)
            {
                output.WriteLine($"--- the last lines of {server.Name}\n{server.Output.Last(100)}");
            }

            await server.DisposeAsync();
        }

        stalls.Dispose();

        GC.SuppressFinalize(this);
    }

    private protected async Task<T> StartAsync<T>(T server)
        where T : ServerProcess
    {
        Own(server);
        await server.StartAsync(Cancelled);
        return server;
    }

    /// <summary>Ends a server with the test, which starts it by itself.</summary>
    private protected void Own(ServerProcess server)
    {
        lock (servers)
        {
            servers.Add(server);
        }
    }

    /// <summary>Returns when so many more requests have been acknowledged.</summary>
    private protected static Task AcknowledgedAsync(Ledger ledger, int more)
    {
        var enough = ledger.AcknowledgedRequests + more;
        return Eventually.TrueAsync(_ => Task.FromResult(ledger.AcknowledgedRequests >= enough), $"{more} more requests must be acknowledged", LoadDeadline, Cancelled);
    }

    /// <summary>Repeats a request that may be repeated until it is answered with something else than a 503: a busy machine takes its time.</summary>
    private protected static async Task<Answer> AnswerAsync(Func<CancellationToken, Task<Answer>> send)
    {
        Answer? answer = null;
        await Eventually.TrueAsync(async token => (answer = await send(token)).Outcome is Outcome.Acknowledged or Outcome.Refused, "the request must be answered", LoadDeadline, Cancelled);
        return answer!;
    }

    /// <summary>Kills the silo and starts it on what is on disk, so that nothing is read back from memory; then compares.</summary>
    private protected async Task<LedgerReport> CompareAfterRestartAsync(SiloProcess silo, Ledger ledger)
    {
        await silo.KillAsync();
        await silo.StartAsync(Cancelled);
        var report = await LedgerComparison.CompareAsync(silo.Client, ledger, Cancelled);
        output.WriteLine(report.ToString());
        return report;
    }

    /// <summary>
    /// Takes the store away under load, sees to it that everybody is told so at once, and brings it back: the service goes on
    /// by itself, and has everything that it has acknowledged.
    /// </summary>
    /// <param name="silo">The silo, running.</param>
    /// <param name="fault">What it is called in the ledger.</param>
    /// <param name="takeAway">Takes the store away.</param>
    /// <param name="bringBack">Brings it back.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="absence">How long the store is away at the least.</param>
    private protected async Task TakeStoreAwayAsync(
        SiloProcess silo, string fault, Func<Task> takeAway, Func<Task> bringBack, int rounds = 1, TimeSpan absence = default)
    {
        var ledger = new Ledger(fault);
        await using var load = FeedbackLoad.Start(silo.Address, ledger);
        for (var round = 1; round <= rounds; round++)
        {
            await AcknowledgedAsync(ledger, 500);
            await takeAway();
            await ProbeAsync(silo, ledger, absence);
            await bringBack();
            ledger.MarkFault();
            await AcknowledgedAsync(ledger, 300);
        }

        await load.StopAsync();
        Assert.All(ledger.Failures, AssertAskedToComeBack);
        await load.RepeatUnansweredAsync(Cancelled);

        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();
    }

    /// <summary>What a caller is owed while the store is away: a prompt 503 that says when to come back.</summary>
    private protected void AssertAskedToComeBack(Answer answer)
    {
        Assert.True(answer.Status == HttpStatusCode.ServiceUnavailable, $"Expected 503, got {answer}.");
        Assert.True(answer.HasRetryAfter, $"Without Retry-After: {answer}.");
        AssertPrompt(answer);
    }

    /// <summary>Callers of each kind, side by side, again and again while the store is away: none of them is told that anything is kept.</summary>
    private async Task ProbeAsync(SiloProcess silo, Ledger ledger, TimeSpan absence)
    {
        var began = Stopwatch.GetTimestamp();
        await NoticedAsync(silo, ledger);
        var noticed = Stopwatch.GetTimestamp();
        do
        {
            var stranger = $"nobody-{++probes}";
            Task<Answer>[] writes =
            [
                ledger.SendUserAsync(silo.Client, new UserRow(stranger, ""), Cancelled),
                ledger.SendItemAsync(silo.Client, new ItemRow(stranger, "", []), Cancelled),
                ledger.SendFeedbackAsync(silo.Client, [Probe(stranger, "i0")], Cancelled),
                ledger.SendFeedbackAsync(silo.Client, [Probe("u1", stranger), Probe("u2", stranger)], Cancelled),
            ];
            Task<Answer>[] reads =
            [
                silo.Client.GetRecommendAnswerAsync(stranger, Cancelled),
                silo.Client.GetRecommendAnswerAsync("u1", Cancelled),
                silo.Client.GetAnswerAsync("api/user/u1/feedback", Cancelled),
                silo.Client.GetAnswerAsync("api/items?n=10", Cancelled),
                silo.Client.GetAnswerAsync("api/latest?n=10", Cancelled),
            ];
            Assert.All(await Task.WhenAll(writes), AssertAskedToComeBack);
            Assert.All(await Task.WhenAll(reads), AssertAnsweredOrAskedToComeBack);

            // Every silo has lost the same store: were they all not ready, nobody would be left to say so.
            Assert.True(await silo.Client.IsReadyAsync(Cancelled), "It must stay ready while the store is away.");
        }
        while (Stopwatch.GetElapsedTime(began) < absence);

        // What was confirmed before may be heard of only now.
        Assert.True(ledger.NewestAcknowledged <= noticed, "Nothing that begins while the store is away may be acknowledged.");
    }

    /// <summary>What was under way when the store went away may still have been confirmed; from the first refusal on nothing is.</summary>
    private static Task NoticedAsync(SiloProcess silo, Ledger ledger) => Eventually.TrueAsync(
        async token => (await ledger.SendUserAsync(silo.Client, new UserRow("somebody", ""), token)).Outcome != Outcome.Acknowledged,
        "a write must be refused while the store is away",
        LoadDeadline,
        Cancelled);

    private static FeedbackRow Probe(string user, string item) => new()
    {
        FeedbackType = "probe", UserId = user, ItemId = item, Value = 1, Timestamp = DateTime.UnixEpoch.AddDays(20_000),
    };

    private void AssertAnsweredOrAskedToComeBack(Answer answer)
    {
        if (answer.Status is HttpStatusCode.OK)
        {
            AssertPrompt(answer);
        }
        else
        {
            AssertAskedToComeBack(answer);
        }
    }

    private void AssertPrompt(Answer answer)
    {
        var allowed = Patience + Stalled;
        Assert.True(answer.Elapsed < allowed, $"Slower than {allowed.TotalSeconds:0.0} s: {answer}.");
    }
}
