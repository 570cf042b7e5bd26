namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>Calls to grains as the edge makes them.</summary>
internal static class GrainCall
{
    /// <summary>How long the cluster waits for one answer, before the request becomes a 503.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    /// <summary>How often a write is tried that meets an activation on its way out.</summary>
    public const int MaxTries = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Makes a write, again where the activation had been replaced: nothing of such a write was kept.</summary>
    /// <exception cref="TimeoutException">A try took longer than <see cref="MaxWait"/>; the write may have been kept.</exception>
    /// <exception cref="StaleActivationException">Every try met such an activation.</exception>
    public static async Task<TResult> WriteAsync<TState, TResult>(TState state, Func<TState, Task<TResult>> write)
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
