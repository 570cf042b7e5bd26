namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>Waits for a condition, never longer than its deadline.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    /// <summary>Asks again and again until the answer is true.</summary>
    /// <exception cref="TimeoutException">The deadline passed first.</exception>
    public static async Task TrueAsync(Func<CancellationToken, Task<bool>> condition, string what, TimeSpan deadline, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        using var expiry = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        expiry.CancelAfter(deadline);
        try
        {
            while (!await condition(expiry.Token))
            {
                await timer.WaitForNextTickAsync(expiry.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Within {deadline.TotalSeconds:0.#} s: {what}.");
        }
    }
}
