using System.Collections.Concurrent;
using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Replication;

/// <summary>A silo's read-only copy of a tenant's catalogue: number and id both ways, and who may be listed.</summary>
/// <remarks>Reads take no lock; changes come from one refresher, and from calls that resolve ids, under one lock.</remarks>
internal sealed class CatalogReplica(ICatalogGrain grain)
{
    private const int PageSize = 10_000;
    private const int MaxAsked = 1000;

    private readonly ConcurrentDictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly ListedItems _listed = new();
    private readonly Lock _gate = new();
    private readonly List<string> _unresolved = [];
    private Task _asked = Task.CompletedTask;
    private Task? _asking;
    private Task _pull = Task.CompletedTask;
    private Task? _nextPull;
    private CatalogEntry?[] _entries = new CatalogEntry?[1024];
    private Guid _epoch;
    private long _seen;
    private long _version;
    private volatile int _count;

    /// <summary>Raised whenever what may be listed has changed.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>One more than the highest number known.</summary>
    public int Count => _count;

    /// <summary>How many items exist.</summary>
    public int Living => _numbers.Count;

    /// <summary>Whether the whole catalogue was read once.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>The entry of a number, or <see langword="null"/> when this silo does not know it (yet).</summary>
    public CatalogEntry? Entry(int number)
    {
        var entries = Volatile.Read(ref _entries);
        return (uint)number < (uint)entries.Length ? Volatile.Read(ref entries[number]) : null;
    }

    /// <summary>The number of a living item's id, or -1 when this silo does not know it (yet).</summary>
    public int NumberOf(string id) => _numbers.GetValueOrDefault(id, -1);

    /// <summary>Whether a number's item was deleted.</summary>
    public bool IsDeleted(int number) => Entry(number) is { IsDeleted: true };

    /// <summary>Whether an id has had a number, though its item may be deleted. Looks at every number.</summary>
    public bool HasHeld(string id)
    {
        var held = false;
        for (var number = 0; number < Count && !held; number++)
        {
            held = Entry(number)?.ItemId == id;
        }

        return held;
    }

    /// <summary>The living item of an id; asks the catalogue grain when this silo does not know it.</summary>
    public async Task<CatalogEntry?> FindAsync(string id)
    {
        if (NumberOf(id) < 0)
        {
            await RefreshAsync();
        }

        return NumberOf(id) is >= 0 and var number ? Entry(number) : null;
    }

    /// <summary>Makes sure that every number of a history is known here.</summary>
    public Task KnowAsync(FeedbackHistory history)
    {
        foreach (ref readonly var e in history.Events)
        {
            if (Entry(e.Item) is null)
            {
                return RefreshAsync();
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>The numbers of ids; new ids get one. Calls that come while the catalogue grain is being asked share the next call.</summary>
    /// <exception cref="StoreUnavailableException">New numbers could not be written.</exception>
    public async Task<int[]> ResolveAsync(string[] ids)
    {
        var numbers = Array.ConvertAll(ids, NumberOf);
        while (Array.IndexOf(numbers, -1) >= 0)
        {
            await AskAsync([.. ids.Where((_, i) => numbers[i] < 0)]);
            numbers = Array.ConvertAll(ids, NumberOf);
        }

        return numbers;
    }

    /// <summary>The numbers of the items that rows of feedback name; new ids get one.</summary>
    /// <exception cref="StoreUnavailableException">New numbers could not be written.</exception>
    public async ValueTask<int[]> ResolveAsync(Feedback[] rows)
    {
        var numbers = new int[rows.Length];
        return TryResolve(rows, numbers) ? numbers : await ResolveAsync(Array.ConvertAll(rows, r => r.ItemId));
    }

    /// <summary>The numbers of the items that rows of feedback name.</summary>
    /// <returns>False: this silo does not know one of them (yet).</returns>
    public bool TryResolve(ReadOnlySpan<Feedback> rows, Span<int> numbers)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            numbers[i] = NumberOf(rows[i].ItemId);
            if (numbers[i] < 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Makes sure that every number up to the highest is known here: one that this silo has asked for may have overtaken those
    /// that others were given before it.
    /// </summary>
    /// <returns>How many numbers those are.</returns>
    public async Task<int> KnowAllAsync()
    {
        var count = Count;
        await RefreshAsync();
        return count;
    }

    /// <summary>Tells the catalogue what an item grain has written; this silo knows it when the task completes.</summary>
    /// <returns>False: the number's item was deleted, and this silo had not heard of it.</returns>
    public async Task<bool> ApplyAsync(CatalogEntry entry)
    {
        var kept = await grain.ApplyAsync(entry);
        Take([kept]);
        return !kept.IsDeleted;
    }

    /// <summary>Deletes a number's item; this silo knows it when the task completes.</summary>
    /// <exception cref="StoreUnavailableException">The mark could not be written.</exception>
    public async Task DeleteAsync(int number)
    {
        Take([await grain.DeleteAsync(number)]);
    }

    /// <summary>
    /// Takes over everything that had changed when this was called. Calls share work: one that comes while another is
    /// under way waits for the next.
    /// </summary>
    public Task RefreshAsync()
    {
        lock (_gate)
        {
            if (_nextPull is { } next)
            {
                return next;
            }

            // Not on the caller's scheduler: a grain that asks may be gone before others have their answer.
            var before = _pull;
            return before.IsCompleted ? _pull = Task.Run(PullAsync) : _nextPull = Task.Run(() => PullAfterAsync(before));
        }
    }

    /// <summary>The bitset over numbers of the items that may be listed, all or of one category.</summary>
    public ReadOnlySpan<ulong> Eligible(string? category) =>
        category is null ? _listed.All : _listed.Of(category, ref _entries);

    private Task AskAsync(string[] ids)
    {
        lock (_gate)
        {
            _unresolved.AddRange(ids);
            return _asking ??= Task.Run(() => AskAfterAsync(_asked));
        }
    }

    private async Task AskAfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        string[] ids;
        lock (_gate)
        {
            ids = [.. _unresolved.Distinct(StringComparer.Ordinal)];
            _unresolved.Clear();
            (_asked, _asking) = (_asking!, null);
        }

        foreach (var chunk in ids.Chunk(MaxAsked))
        {
            var numbers = await grain.ResolveAsync(chunk);
            Take([.. numbers.Zip(chunk, (number, id) => new CatalogEntry { Number = number, ItemId = id })]);
        }
    }

    private async Task PullAfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            (_pull, _nextPull) = (_nextPull!, null);
        }

        await PullAsync();
    }

    private async Task PullAsync()
    {
        CatalogChanges changes;
        do
        {
            changes = await grain.GetChangesAsync(_epoch, _seen, PageSize);
            Take(changes.Entries);
            (_epoch, _seen) = (changes.Epoch, changes.Version);
        }
        while (changes.HasMore);

        IsLoaded = true;
    }

    /// <summary>Takes over entries, but for those that are older than what is known here.</summary>
    public void Take(CatalogEntry[] entries)
    {
        lock (_gate)
        {
            foreach (var entry in entries)
            {
                Set(entry);
            }
        }
    }

    private void Set(CatalogEntry entry)
    {
        var entries = _entries;
        if (entry.Number >= entries.Length)
        {
            Array.Resize(ref entries, Math.Max(entry.Number + 1, entries.Length * 2));
        }

        var before = entries[entry.Number];
        if (before is not null && before.Version > entry.Version)
        {
            return;
        }

        Volatile.Write(ref entries[entry.Number], entry);
        Volatile.Write(ref _entries, entries);
        _count = Math.Max(_count, entry.Number + 1);
        if (!entry.IsDeleted)
        {
            _numbers[entry.ItemId] = entry.Number;
        }
        else
        {
            _numbers.TryRemove(new KeyValuePair<string, int>(entry.ItemId, entry.Number));
        }

        if (before is null || before.IsListed != entry.IsListed || !before.Categories.SequenceEqual(entry.Categories))
        {
            // The version last: a ranking that has seen it lists by what it stands for.
            _listed.Set(before, entry);
            Interlocked.Increment(ref _version);
        }
    }
}
