using System.Collections.Concurrent;
using System.Globalization;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Ledgers;

/// <summary>Reads lists of the users of <see cref="FeedbackLoad"/> one after the other, until it is stopped.</summary>
internal sealed class ListLoad : IAsyncDisposable
{
    private const int Readers = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly CancellationTokenSource stop = new();
    private readonly LeptonRestClient[] clients;
    private readonly Func<int> choose;
    private readonly Task[] readers;
    private int answered;

    private ListLoad(IReadOnlyList<Uri> addresses, Func<int> choose)
    {
        this.choose = choose;
        clients = [.. addresses.Select(address => new LeptonRestClient(address, timeout: TimeSpan.FromSeconds(20)))];
        readers = [.. Enumerable.Range(0, Readers).Select(_ => Task.Run(ReadAsync))];
    }

    /// <summary>How many lists there were.</summary>
    public int Answered => Volatile.Read(ref answered);

    /// <summary>Answers that were no lists.</summary>
    public ConcurrentQueue<Answer> Failures { get; } = [];

    /// <summary>Starts it, each request on the silo that <paramref name="choose"/> names.</summary>
    public static ListLoad Start(IReadOnlyList<Uri> addresses, Func<int> choose) => new(addresses, choose);

    /// <summary>Ends it: requests under way are awaited, not cut off.</summary>
    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(readers);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Array.ForEach(clients, client => client.Dispose());
        stop.Dispose();
    }

    private async Task ReadAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            var user = string.Create(CultureInfo.InvariantCulture, $"u{Random.Shared.Next(FeedbackLoad.Users)}");
            var answer = await clients[choose()].GetRecommendAnswerAsync(user, CancellationToken.None);
            if (answer.Outcome != Outcome.Acknowledged)
            {
                Failures.Enqueue(answer);
            }
            else
            {
                Interlocked.Increment(ref answered);
            }

            await Task.Delay(Pause, CancellationToken.None);
        }
    }
}
