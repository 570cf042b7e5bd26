using System.Net;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Faults;

/// <summary>A test that does something to running servers: owns them, and shows what they wrote last when it fails.</summary>
public abstract class FaultTest(ITestOutputHelper output) : IAsyncDisposable
{
    private static readonly TimeSpan LoadDeadline = TimeSpan.FromSeconds(120);
    private readonly List<ServerProcess> servers = [];

    /// <summary>How often a fault is repeated: few times on every change, often in a soak.</summary>
    private protected static int Rounds => Environment.GetEnvironmentVariable("LEPTON_LONG") == "1" ? 20 : 3;

    private protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private protected ITestOutputHelper Output => output;

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Enumerable.Reverse(servers))
        {
            if (TestContext.Current.TestState?.Result == TestResult.Failed)
            {
                output.WriteLine($"--- the last lines of {server.Name}\n{server.Output.Last(100)}");
            }

            await server.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    private protected async Task<T> StartAsync<T>(T server)
        where T : ServerProcess
    {
        servers.Add(server);
        await server.StartAsync(Cancelled);
        return server;
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

    // A request may wait for the store more than once, and the edge gives up on it after five seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    /// <summary>What a caller is owed while the store is away: a prompt 503 that says when to come back.</summary>
    private protected static void AssertAskedToComeBack(Answer answer)
    {
        Assert.True(answer.Status == HttpStatusCode.ServiceUnavailable, $"Expected 503, got {answer}.");
        Assert.True(answer.HasRetryAfter, $"Without Retry-After: {answer}.");
        Assert.True(answer.Elapsed < Patience, $"Slower than {Patience.TotalSeconds} s: {answer}.");
    }
}
