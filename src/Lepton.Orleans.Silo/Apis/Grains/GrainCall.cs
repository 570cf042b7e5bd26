namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>Calls to grains as the edge makes them: none is waited for longer than <see cref="MaxWait"/>.</summary>
internal static class GrainCall
{
    /// <summary>How long a request waits for one answer before it becomes a 503.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    /// <summary>How often a write is tried that meets an activation on its way out.</summary>
    public const int MaxTries = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits for a read.</summary>
    /// <exception cref="TimeoutException">It took longer than <see cref="MaxWait"/>.</exception>
    public static Task<T> ReadAsync<T>(Task<T> call) => call.IsCompleted ? call : call.WaitAsync(MaxWait);

    /// <summary>Makes a write, again where the activation had been replaced: nothing of such a write was kept.</summary>
    /// <exception cref="TimeoutException">All tries together took longer than <see cref="MaxWait"/>; the write may have been kept.</exception>
    /// <exception cref="StaleActivationException">Every try met such an activation.</exception>
    public static Task<TResult> WriteAsync<TState, TResult>(TState state, Func<TState, Task<TResult>> write) =>
        RetryAsync(state, write).WaitAsync(MaxWait);

    private static async Task<TResult> RetryAsync<TState, TResult>(TState state, Func<TState, Task<TResult>> write)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await write(state);
            }
            catch (StaleActivationException) when (attempt < MaxTries)
            {
                await Task.Delay(Pause * (attempt - 1)); // the first repeat goes at once
            }
        }
    }
}
