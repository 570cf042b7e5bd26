using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Clusters;

/// <summary>What a load balancer does: asks each silo for its readiness, and gives requests to those in turn that are ready. It never repeats one.</summary>
internal sealed class ReadySilos : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource stop = new();
    private readonly bool[] ready;
    private readonly Task[] probes;
    private int turn;

    public ReadySilos(IReadOnlyList<SiloProcess> silos)
    {
        ready = [.. silos.Select(silo => silo.IsRunning)];
        probes = [.. silos.Select((silo, number) => Task.Run(() => ProbeAsync(silo, number)))];
    }

    /// <summary>The number of the silo whose turn it is.</summary>
    public int Next()
    {
        for (var tries = 0; ; tries++)
        {
            var next = (int)((uint)Interlocked.Increment(ref turn) % (uint)ready.Length);
            if (Volatile.Read(ref ready[next]) || tries > ready.Length)
            {
                return next;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(probes);
        stop.Dispose();
    }

    private async Task ProbeAsync(SiloProcess silo, int number)
    {
        using var timer = new PeriodicTimer(Interval);
        while (!stop.IsCancellationRequested)
        {
            Volatile.Write(ref ready[number], await silo.Client.IsReadyAsync(CancellationToken.None));
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
