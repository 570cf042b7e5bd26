using System.Collections.Concurrent;
using System.Globalization;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Clusters;

/// <summary>
/// Likes the first item of users' lists through any silo, and reads the list through every silo after the acknowledgement:
/// none may show that item again, whatever happens to silos meanwhile. Requests that fail say nothing.
/// </summary>
internal sealed class FreshnessCheck : IAsyncDisposable
{
    private const int Workers = 3;
    private const int Users = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly CancellationTokenSource stop = new();
    private readonly LeptonRestClient[] clients;
    private readonly Func<int> choose;
    private readonly Ledger ledger;
    private readonly Task[] workers;
    private int reads;

    private FreshnessCheck(IReadOnlyList<SiloProcess> silos, Ledger ledger, Func<int>? choose)
    {
        this.ledger = ledger;
        this.choose = choose ?? (() => Random.Shared.Next(silos.Count));
        clients = [.. silos.Select(silo => new LeptonRestClient(silo.Address, timeout: TimeSpan.FromSeconds(20)))];
        workers = [.. Enumerable.Range(0, Workers).Select(worker => Task.Run(() => CheckAsync(worker)))];
    }

    /// <summary>Lists that were read after an acknowledgement.</summary>
    public int Reads => Volatile.Read(ref reads);

    /// <summary>Lists that did not know of what was acknowledged.</summary>
    public ConcurrentQueue<string> Violations { get; } = [];

    /// <summary>Starts it, writing through the silo that <paramref name="choose"/> names, or any.</summary>
    public static FreshnessCheck Start(IReadOnlyList<SiloProcess> silos, Ledger ledger, Func<int>? choose = null) => new(silos, ledger, choose);

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(workers);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Array.ForEach(clients, client => client.Dispose());
        stop.Dispose();
    }

    private async Task CheckAsync(int worker)
    {
        using var pause = new PeriodicTimer(Pause);
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            // A user who has liked everything leaves.
            var user = string.Create(CultureInfo.InvariantCulture, $"fresh-{worker}-{turn % Users}-{turn / (100 * Users)}");
            try
            {
                await CheckOnceAsync(user);
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                await pause.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }

    private async Task CheckOnceAsync(string user)
    {
        if (await clients[choose()].RecommendAsync(user, 10, CancellationToken.None) is not [var item, ..])
        {
            return;
        }

        var row = new FeedbackRow { FeedbackType = "like", UserId = user, ItemId = item, Value = 1, Timestamp = DateTime.UnixEpoch.AddDays(20_000), Comment = "" };
        var writer = choose();
        if ((await ledger.SendFeedbackAsync(clients[writer], [row], CancellationToken.None)).Outcome != Outcome.Acknowledged)
        {
            return;
        }

        for (var reader = 0; reader < clients.Length; reader++)
        {
            try
            {
                if ((await clients[reader].RecommendAsync(user, 10, CancellationToken.None)).Contains(item))
                {
                    Violations.Enqueue($"{DateTime.Now:HH:mm:ss.fff} silo {reader} lists {item} to {user} after silo {writer} acknowledged it");
                }

                Interlocked.Increment(ref reads);
            }
            catch (HttpRequestException)
            {
                // It is away; the others have to know.
            }
        }
    }
}
