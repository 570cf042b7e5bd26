using StackExchange.Redis;

namespace Lepton.Orleans.Silo.Storage;

/// <summary>
/// Has a silo join the others, and grains placed on it, once its store has answered it: what they were asked while it connects would be
/// refused, and the silos that were there before have long been connected. Where no store answers it joins without one, and is not
/// ready.
/// </summary>
internal sealed class StoreFirst(IConnectionMultiplexer store, TimeProvider clock) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle)
    {
        ArgumentNullException.ThrowIfNull(lifecycle);
        lifecycle.Subscribe(nameof(StoreFirst), ServiceLifecycleStage.BecomeActive - 1, WaitAsync);
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (!await IsAnsweredAsync() && clock.GetElapsedTime(started) < Patience)
        {
            await Task.Delay(Interval, clock, cancellationToken);
        }
    }

    private async Task<bool> IsAnsweredAsync()
    {
        try
        {
            _ = await store.GetDatabase().PingAsync();
            return true;
        }
        catch (Exception exception) when (exception is RedisException or RedisTimeoutException or OperationCanceledException)
        {
            return false;
        }
    }
}
