using System.Globalization;
using System.Text.Json;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Users;
using Orleans.Providers;

namespace Lepton.Orleans.Grains.Pauses;

/// <summary>
/// Whether this silo takes writes to users and items, by tenant. What every silo is told is kept in the store too, so that one
/// that starts meanwhile knows of it before it has a grain.
/// </summary>
internal sealed class WriteGate(LocalUsers users, BlobStore blobs, ILocalSiloDetails silo, TimeProvider clock, ILogger<WriteGate> logger)
    : IControllable, ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>What the runtime calls it.</summary>
    public const string Name = "lepton.writes";

    /// <summary>The command that pauses.</summary>
    public const int Pause = 1;

    /// <summary>The command that resumes.</summary>
    public const int Resume = 2;

    // Pauses are short or for ever; whoever asks again meanwhile costs next to nothing.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryStore = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    private readonly Lock _gate = new();

    // Replaced as a whole and null without a pause: every write asks.
    private volatile Dictionary<string, Closed>? _closed;
    private int _underWay;

    /// <summary>What the store keeps of a tenant's pause.</summary>
    public static string Note(string tenant) => $"writes:{tenant}";

    /// <summary>Whether writes to a tenant are refused. A pause has not ended before the store has said that it was not made longer.</summary>
    public bool IsClosed(string tenant) => _closed is { } closed && closed.ContainsKey(tenant);

    /// <summary>Refuses a write where they are refused; for writes in the turn of a user, which <see cref="ExecuteCommand"/> waits for.</summary>
    /// <exception cref="WritesPausedException">They are refused.</exception>
    public void Demand(string tenant)
    {
        if (IsClosed(tenant))
        {
            throw new WritesPausedException(tenant) { RetryAfter = RetryAfter };
        }
    }

    /// <summary>As <see cref="Demand"/>, for writes that are no user's: the write is under way until what is returned is disposed of.</summary>
    /// <exception cref="WritesPausedException">They are refused.</exception>
    public Passage Enter(string tenant)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            Demand(tenant);
            return new Passage(this);
        }
        catch
        {
            Interlocked.Decrement(ref _underWay);
            throw;
        }
    }

    /// <summary>Pauses or resumes. What was under way has ended when this returns.</summary>
    /// <returns>This silo, and since when it has taken no writes.</returns>
    public async Task<object?> ExecuteCommand(int command, object? arg)
    {
        var order = (PauseOrder)arg!;
        if (command == Resume)
        {
            Change(order.Tenant, null);
            return "";
        }

        var since = Close(order);
        foreach (var user in users.All(order.Tenant))
        {
            await user.SettleAsync();
        }

        while (Volatile.Read(ref _underWay) > 0)
        {
            await Task.Delay(Look, clock);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{silo.SiloAddress} {since.UtcTicks}");
    }

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle observer)
    {
        observer.Subscribe(nameof(WriteGate), ServiceLifecycleStage.ApplicationServices, ReadNoteAsync);

        // Who paused writes while this silo was joining could not tell it.
        observer.Subscribe(nameof(WriteGate), ServiceLifecycleStage.Active, ReadNoteAsync);

        Task ReadNoteAsync(CancellationToken cancellationToken) => this.ReadNoteAsync(LeptonKey.DefaultTenant, cancellationToken);
    }

    private DateTimeOffset Close(PauseOrder order)
    {
        Closed pause;
        lock (_gate)
        {
            // One that was closed all the time stays as it was; one whose pause had lapsed has taken writes.
            var since = _closed is { } closed && closed.TryGetValue(order.Tenant, out var before) ? before.Since : clock.GetUtcNow();
            pause = new Closed(since, order.Until);
            Change(order.Tenant, pause);
        }

        if (order.Until is { } until)
        {
            _ = LapseAsync(order.Tenant, pause, until);
        }

        return pause.Since;
    }

    // The end of a pause, unless it was replaced or resumed meanwhile, here or by whoever could not tell this silo.
    private async Task LapseAsync(string tenant, Closed pause, DateTimeOffset until)
    {
        while (true)
        {
            var left = until - clock.GetUtcNow();
            await Task.Delay(left > Look ? left : Look, clock);
            if (_closed is not { } closed || !closed.TryGetValue(tenant, out var current) || !ReferenceEquals(current, pause))
            {
                return;
            }

            try
            {
                var note = await NoteAsync(tenant);
                lock (_gate)
                {
                    if (_closed is not { } still || !still.TryGetValue(tenant, out current) || !ReferenceEquals(current, pause))
                    {
                        return;
                    }

                    if (note is null)
                    {
                        Change(tenant, null);
                        return;
                    }
                }

                Close(new PauseOrder(tenant, note.Until));
                return;
            }
            catch (StoreUnavailableException)
            {
                // Nothing can be written either.
                until = clock.GetUtcNow() + RetryStore;
            }
        }
    }

    private void Change(string tenant, Closed? pause)
    {
        lock (_gate)
        {
            var next = new Dictionary<string, Closed>(_closed ?? [], StringComparer.Ordinal);
            var isNew = pause is not null ? next.TryAdd(tenant, pause) : next.Remove(tenant);
            if (pause is not null)
            {
                next[tenant] = pause;
            }

            _closed = next.Count > 0 ? next : null;
            if (isNew && pause is not null)
            {
                logger.WritesPaused(tenant, pause.Until?.ToString("O", CultureInfo.InvariantCulture) ?? "they are resumed");
            }
            else if (isNew)
            {
                logger.WritesResumed(tenant);
            }
        }
    }

    private async Task ReadNoteAsync(string tenant, CancellationToken cancellationToken)
    {
        try
        {
            await TakeNoteAsync(tenant);
        }
        catch (StoreUnavailableException)
        {
            // A silo may start before its store, which takes no writes either. It asks on.
            _ = Task.Run(() => KeepReadingAsync(tenant, cancellationToken), cancellationToken);
        }
    }

    private async Task KeepReadingAsync(string tenant, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(RetryStore, clock, cancellationToken);
            try
            {
                await TakeNoteAsync(tenant);
                return;
            }
            catch (StoreUnavailableException)
            {
                // Not yet.
            }
        }
    }

    private async Task TakeNoteAsync(string tenant)
    {
        // Until it is what it was: whoever resumes removes the note first, and tells then.
        WritesStatus? taken = null;
        for (var note = await NoteAsync(tenant); note != taken; note = await NoteAsync(tenant))
        {
            taken = note;
            if (note is not null)
            {
                Close(new PauseOrder(tenant, note.Until));
            }
            else
            {
                Change(tenant, null);
            }
        }
    }

    private async Task<WritesStatus?> NoteAsync(string tenant) =>
        await blobs.GetAsync(Note(tenant)) is { } note
            && JsonSerializer.Deserialize<WritesStatus>(note) is { IsPaused: true } status
            && (status.Until is not { } until || clock.GetUtcNow() < until)
            ? status
            : null;

    /// <summary>A write that is under way.</summary>
    public readonly struct Passage(WriteGate gate) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => Interlocked.Decrement(ref gate._underWay);
    }

    private sealed record Closed(DateTimeOffset Since, DateTimeOffset? Until);
}
