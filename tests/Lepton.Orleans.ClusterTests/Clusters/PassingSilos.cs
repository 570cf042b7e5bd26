using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Clusters;

/// <summary>What a load balancer that asks Consul does: gives requests in turn to the APIs that pass their checks. It never repeats one.</summary>
internal sealed class PassingSilos : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource stop = new();
    private readonly ConsulProcess consul;
    private readonly IReadOnlyList<SiloProcess> silos;
    private readonly Task watching;
    private int[] passing;
    private int turn;

    /// <summary>Starts to watch; all silos must be passing.</summary>
    public PassingSilos(ConsulProcess consul, IReadOnlyList<SiloProcess> silos)
    {
        (this.consul, this.silos) = (consul, silos);
        passing = [.. Enumerable.Range(0, silos.Count)];
        watching = Task.Run(WatchAsync);
    }

    /// <summary>The number of the silo whose turn it is.</summary>
    public int Next()
    {
        var now = Volatile.Read(ref passing);
        return now[(int)((uint)Interlocked.Increment(ref turn) % (uint)now.Length)];
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await watching;
        stop.Dispose();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var ports = (await consul.PassingAsync("lepton", CancellationToken.None)).Select(service => service.Port).ToHashSet();
                if (Enumerable.Range(0, silos.Count).Where(silo => ports.Contains(silos[silo].HttpPort)).ToArray() is { Length: > 0 } now)
                {
                    Volatile.Write(ref passing, now);
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                // What was known stays, until Consul answers again.
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
