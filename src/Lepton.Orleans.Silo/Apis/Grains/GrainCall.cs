using System.Diagnostics;

namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>Calls to grains as the edge makes them.</summary>
/// <remarks>
/// A silo that leaves or dies is replaced within seconds, and callers should not have to know. So a call is made again for
/// as long as a request may wait, where that cannot do a thing twice.
/// </remarks>
internal static class GrainCall
{
    /// <summary>How long the cluster waits for one answer, and for how long a call is made again, before the request becomes a 503.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(320);

    /// <summary>Makes a write, again where nothing of it can have been kept: its activation had been replaced, or no silo had it.</summary>
    /// <param name="state">What the call needs.</param>
    /// <param name="write">The call.</param>
    /// <param name="isRepeatable">Whether a second time changes nothing, so that it is made again also where a silo died over it.</param>
    /// <exception cref="TimeoutException">A try took longer than <see cref="MaxWait"/>; the write may have been kept.</exception>
    /// <exception cref="StaleActivationException">Every try met such an activation.</exception>
    /// <exception cref="OrleansException">No silo took it; or one died over it, and it may have been kept.</exception>
    public static Task<TResult> WriteAsync<TState, TResult>(TState state, Func<TState, Task<TResult>> write, bool isRepeatable = false) =>
        TryAsync(state, write, isRepeatable);

    /// <summary>Reads, again where the silo that was asked is leaving or gone.</summary>
    /// <exception cref="TimeoutException">A try took longer than <see cref="MaxWait"/>.</exception>
    /// <exception cref="OrleansException">No silo could be asked.</exception>
    public static Task<TResult> ReadAsync<TState, TResult>(TState state, Func<TState, Task<TResult>> read) => TryAsync(state, read, isRepeatable: true);

    private static async Task<TResult> TryAsync<TState, TResult>(TState state, Func<TState, Task<TResult>> call, bool isRepeatable)
    {
        var started = Stopwatch.GetTimestamp();
        var pause = TimeSpan.Zero; // the first repeat goes at once
        while (true)
        {
            try
            {
                return await call(state);
            }
            catch (Exception exception) when (MayRepeat(exception, isRepeatable) && Stopwatch.GetElapsedTime(started) + pause < MaxWait)
            {
                await Task.Delay(pause);
            }

            pause = pause == TimeSpan.Zero ? FirstPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    // A message that was rejected was in nobody's hands; a silo that became unavailable may have done what it was asked.
    private static bool MayRepeat(Exception exception, bool isRepeatable) =>
        exception is StaleActivationException
        || (exception is OrleansException && (isRepeatable || exception is OrleansMessageRejectionException and not SiloUnavailableException));
}
