using System.Runtime.CompilerServices;
using Lepton.Orleans.Grains.Storage;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Turns;

/// <summary>
/// Work that one process at a time does for a whole store, whichever processes share it. A note in the store says how far
/// the work has come, for whoever takes the next turn.
/// </summary>
public sealed class StoreTurns
{
    private const string RaiseScript = """
        local note = redis.call('GET', KEYS[1])
        if not note or tonumber(note) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
        """;

    // How long after the end of a process that was killed the next one takes its turn.
    private static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(10);

    private readonly DurableStore _store;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _lease;

    internal StoreTurns(DurableStore store, TimeProvider clock, TimeSpan? lease = null) =>
        (_store, _clock, _lease) = (store, clock, lease ?? DefaultLease);

    /// <summary>The note on a work, or <see langword="null"/> where none was left.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<string?> GetNoteAsync(string work) =>
        DurableStore.Guard($"read the note on {work}", async () => (string?)await _store.Reads.StringGetAsync(StoreKeys.Note(work)));

    /// <summary>Leaves a number as the note on a work that is only ever done further, unless a higher one is there.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task RaiseNoteAsync(string work, long number) => DurableStore.Guard(
        $"note on {work}", () => _store.WriteAsync(StoreKeys.Note(work), d => d.ScriptEvaluateAsync(RaiseScript, [StoreKeys.Note(work)], [number])));

    /// <summary>The works that there is a note on and whose names begin in a way, in no order; looks through all keys of the store.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    internal async IAsyncEnumerable<string> NotedAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pattern = StoreKeys.Note(prefix + "*").ToString();
        var (before, after) = (pattern.IndexOf('*', StringComparison.Ordinal), pattern.Length - pattern.IndexOf('*', StringComparison.Ordinal) - 1);
        await foreach (var key in _store.ScanAsync(pattern, cancellationToken))
        {
            yield return prefix + key.ToString()[before..^after];
        }
    }

    /// <summary>Waits until nobody else does a work, and keeps everybody else from it until the turn is disposed.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<StoreTurn> TakeAsync(string work, CancellationToken cancellationToken)
    {
        var token = Guid.NewGuid().ToString("N");
        while (!await DurableStore.Guard($"take the turn for {work}", () => _store.WriteAsync(StoreKeys.Turn(work), d => d.StringSetAsync(StoreKeys.Turn(work), token, _lease, When.NotExists))))
        {
            await Task.Delay(_lease / 20, _clock, cancellationToken);
        }

        return new StoreTurn(_store, _clock, work, token, _lease);
    }
}
