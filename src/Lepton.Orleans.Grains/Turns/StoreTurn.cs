using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Turns;

/// <summary>The right to do a work now; ends when it is disposed, or soon after its process has ended.</summary>
public sealed class StoreTurn : IAsyncDisposable
{
    private const string RenewScript = """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        redis.call('PEXPIRE', KEYS[1], ARGV[2])
        return 1
        """;

    private readonly DurableStore _store;
    private readonly TimeProvider _clock;
    private readonly string _work;
    private readonly string _token;
    private readonly TimeSpan _lease;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _disposed = new();
    private readonly Task _renewal;

    internal StoreTurn(DurableStore store, TimeProvider clock, string work, string token, TimeSpan lease)
    {
        (_store, _clock, _work, _token, _lease) = (store, clock, work, token, lease);
        _renewal = RenewAsync();
    }

    /// <summary>Cancelled when the store has not confirmed the turn for so long that another process may have it.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Leaves a note for whoever takes the next turn.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task SetNoteAsync(string note) =>
        DurableStore.Guard($"note on {_work}", () => _store.WriteAsync(StoreKeys.Note(_work), d => d.StringSetAsync(StoreKeys.Note(_work), note)));

    /// <summary>Takes the note away.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task RemoveNoteAsync() =>
        DurableStore.Guard($"remove the note on {_work}", () => _store.WriteAsync(StoreKeys.Note(_work), d => d.KeyDeleteAsync(StoreKeys.Note(_work))));

    /// <summary>Lets the next one have its turn.</summary>
    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        await _renewal;
        try
        {
            await DurableStore.Guard($"release the turn for {_work}", () => _store.RemoveWhereAsync(StoreKeys.Turn(_work), _token));
        }
        catch (StoreUnavailableException)
        {
            // It ends by itself.
        }

        _disposed.Dispose();
        _lost.Dispose();
    }

    private async Task RenewAsync()
    {
        var confirmed = _clock.GetTimestamp();
        using var timer = new PeriodicTimer(_lease / 4, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_disposed.Token))
            {
                var asked = _clock.GetTimestamp();
                if (await IsRenewedAsync())
                {
                    confirmed = asked;
                }
                else if (_clock.GetElapsedTime(confirmed) > _lease)
                {
                    await _lost.CancelAsync();
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task<bool> IsRenewedAsync()
    {
        try
        {
            return await DurableStore.Guard($"keep the turn for {_work}", async () =>
                (long)await _store.WriteAsync(StoreKeys.Turn(_work), d => d.ScriptEvaluateAsync(RenewScript, [StoreKeys.Turn(_work)], [_token, (long)_lease.TotalMilliseconds])) == 1);
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }
}
