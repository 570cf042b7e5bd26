using System.Diagnostics;

namespace Lepton.Orleans.Client.Calls;

/// <summary>Calls to grains as an edge makes them, be it the silo's own or a front end's.</summary>
/// <remarks>
/// A silo that leaves or dies is replaced within seconds, and callers should not have to know. So a call is made again for
/// as long as its caller has patience, where that cannot do a thing twice.
/// </remarks>
internal static class GrainCall
{
    /// <summary>How long the cluster waits for one answer.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    // Users of a silo that was killed are served by others after 3 to 9 seconds; until then a request is better late than a 503.
    private static readonly CallPatience EdgePatience = new(TimeSpan.FromSeconds(10), OutlastsStore: false, EndsTries: true);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(320);

    /// <summary>Makes a write, again where nothing of it can have been kept: its activation had been replaced, or no silo had it.</summary>
    /// <param name="state">What the call needs.</param>
    /// <param name="write">The call.</param>
    /// <param name="isRepeatable">Whether a second time changes nothing, so that it is made again also where a silo died over it.</param>
    /// <param name="patience">For how long; without it, as a silo's edge does.</param>
    /// <param name="cancellationToken">Ends the wait; the write may have been kept.</param>
    /// <exception cref="TimeoutException">A try was not answered; the write may have been kept.</exception>
    /// <exception cref="StaleActivationException">Every try met such an activation.</exception>
    /// <exception cref="OrleansException">No silo took it; or one died over it, and it may have been kept.</exception>
    public static Task<TResult> WriteAsync<TState, TResult>(
        TState state, Func<TState, Task<TResult>> write, bool isRepeatable = false, CallPatience? patience = null, CancellationToken cancellationToken = default) =>
        TryAsync(state, write, isRepeatable, patience ?? EdgePatience, cancellationToken);

    /// <summary>Reads, again where the silo that was asked is leaving or gone.</summary>
    /// <exception cref="TimeoutException">A try was not answered.</exception>
    /// <exception cref="OrleansException">No silo could be asked.</exception>
    public static Task<TResult> ReadAsync<TState, TResult>(
        TState state, Func<TState, Task<TResult>> read, CallPatience? patience = null, CancellationToken cancellationToken = default) =>
        TryAsync(state, read, isRepeatable: true, patience ?? EdgePatience, cancellationToken);

    /// <summary>Whether an exception means that the store or a silo did not confirm in time, so that the same call may be repeated later.</summary>
    public static bool IsInterruption(Exception exception) =>
        exception is StoreUnavailableException or RoleNotServedException or WritesPausedException or StaleActivationException or TimeoutException or OperationCanceledException or OrleansException;

    private static async Task<TResult> TryAsync<TState, TResult>(
        TState state, Func<TState, Task<TResult>> call, bool isRepeatable, CallPatience patience, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var pause = TimeSpan.Zero; // the first repeat goes at once
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                // A later try may have less time than the cluster gives it.
                var left = patience.Limit - Stopwatch.GetElapsedTime(started);
                var wait = !patience.EndsTries || left > MaxWait ? Timeout.InfiniteTimeSpan : left > LeastWait ? left : LeastWait;
                return await (cancellationToken.CanBeCanceled || wait != Timeout.InfiniteTimeSpan ? call(state).WaitAsync(wait, cancellationToken) : call(state));
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested && MayRepeat(exception, isRepeatable, patience) && Stopwatch.GetElapsedTime(started) + WaitOf(exception, pause) < patience.Limit)
            {
                await Task.Delay(WaitOf(exception, pause), cancellationToken);
            }

            pause = pause == TimeSpan.Zero ? FirstPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    // As long as is asked for, where that is longer.
    private static TimeSpan WaitOf(Exception exception, TimeSpan pause)
    {
        var asked = exception switch
        {
            StoreUnavailableException { RetryAfter: var after } => after,
            WritesPausedException { RetryAfter: var after } => after,
            _ => TimeSpan.Zero,
        };
        return asked > pause ? asked : pause;
    }

    // A message that was rejected was in nobody's hands; a silo that became unavailable, or does not answer, may have done
    // what it was asked.
    private static bool MayRepeat(Exception exception, bool isRepeatable, CallPatience patience) => exception switch
    {
        StaleActivationException => true,
        OrleansMessageRejectionException and not SiloUnavailableException => true,
        OrleansException or TimeoutException => isRepeatable,

        // Nobody here has cancelled anything: Orleans gave up finding the grain, whose silo is gone.
        OperationCanceledException => isRepeatable,
        StoreUnavailableException => isRepeatable && patience.OutlastsStore,
        WritesPausedException => patience.OutlastsStore,
        _ => false,
    };
}
