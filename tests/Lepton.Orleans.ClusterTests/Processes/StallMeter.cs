using System.Diagnostics;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>
/// How long this machine keeps a thread waiting that wants to run: what no server that runs beside it can be blamed for.
/// </summary>
internal sealed class StallMeter : IDisposable
{
    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(10);
    private readonly ManualResetEventSlim ended = new();
    private readonly Thread thread;
    private long longest;

    public StallMeter()
    {
        thread = new Thread(Measure) { IsBackground = true, Name = nameof(StallMeter) };
        thread.Start();
    }

    /// <summary>The longest wait so far.</summary>
    public TimeSpan Longest => TimeSpan.FromTicks(Interlocked.Read(ref longest));

    public void Dispose()
    {
        ended.Set();
        thread.Join();
        ended.Dispose();
    }

    private void Measure()
    {
        var before = Stopwatch.GetTimestamp();
        while (!ended.Wait(Nap))
        {
            var waited = Stopwatch.GetElapsedTime(before) - Nap;
            before = Stopwatch.GetTimestamp();
            if (waited > Longest)
            {
                Interlocked.Exchange(ref longest, waited.Ticks);
            }
        }
    }
}
