using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Upkeep;

namespace Lepton.Orleans.Grains.Catalog;

/// <inheritdoc cref="ICatalogGrain" />
[HostedBy(SiloRoles.Items)]
internal sealed class CatalogGrain(CatalogStore store, ItemStore items, RecordStore records, IndexStore indexes) : Grain, ICatalogGrain
{
    // Changes of one activation; more than there will be, and few enough for as many activations.
    private const int VersionBits = 40;

    private readonly Guid _epoch = Guid.NewGuid();
    private readonly List<CatalogEntry> _entries = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    // Numbers in the order of their changes; one that changed again stands there twice and counts at its last place.
    private readonly List<(long Version, int Number)> _log = [];

    private readonly HashSet<int> _unfinished = [];

    // Versions go on across activations, because a replica must know which of two entries is the newer one: each
    // activation begins above all before it, by a count that the store keeps. A clock may step back.
    private long _version;
    private bool _loaded;
    private Task? _loading;

    private string Tenant => this.GetPrimaryKeyString();

    public async Task<int[]> ResolveAsync(string[] ids)
    {
        await LoadAsync();
        var missing = ids.Where(id => !_numbers.ContainsKey(id)).Distinct(StringComparer.Ordinal).ToArray();
        if (missing.Length > 0)
        {
            await NumberAsync(missing, []);
        }

        return Array.ConvertAll(ids, id => _numbers[id]);
    }

    public async Task RestoreAsync(int first, string[] ids, int[] deleted)
    {
        await LoadAsync();
        for (var number = first; number < Math.Min(first + ids.Length, _entries.Count); number++)
        {
            if (_entries[number].ItemId != ids[number - first])
            {
                throw new RestoreConflictException(
                    $"The number {number} of the backup's item '{ids[number - first]}' belongs to '{_entries[number].ItemId}' here: restore into a service that nobody writes to.");
            }
        }

        if (first > _entries.Count)
        {
            throw new RestoreConflictException($"Items {_entries.Count} to {first - 1} of the backup have not been restored: its lines have to come in their order.");
        }

        var missing = ids[Math.Min(_entries.Count - first, ids.Length)..];
        if (missing.Length > 0)
        {
            await NumberAsync(missing, [.. deleted.Where(number => number >= _entries.Count)]);
        }
    }

    // The next numbers; of some the item was deleted before.
    private async Task NumberAsync(string[] ids, HashSet<int> deleted)
    {
        var first = _entries.Count;
        try
        {
            // The index entry first: an entry without an item can be found and mended, an item without an entry could not.
            await Task.WhenAll(ids
                .Where((_, i) => !deleted.Contains(first + i))
                .Select(id => records.AddToIndexesAsync([StoreKeys.ItemIndex(Tenant, StoreKeys.Bucket(id))], id)));
            await store.MarkDeletedBeforeAsync(Tenant, deleted);
            await store.AppendAsync(Tenant, first, ids);
        }
        catch (Exception exception) when (exception is StaleActivationException or StoreUnavailableException)
        {
            // Somebody else numbered items, or this write may have happened without an answer.
            Forget();
            throw;
        }

        foreach (var id in ids)
        {
            var entry = new CatalogEntry { Number = _entries.Count, ItemId = id, IsDeleted = deleted.Contains(_entries.Count) };
            if (!entry.IsDeleted)
            {
                _numbers[id] = entry.Number;
            }

            AppendEntry(entry);
        }
    }

    public async Task<CatalogEntry> ApplyAsync(CatalogEntry entry)
    {
        await LoadAsync();
        return _entries[entry.Number].IsDeleted ? _entries[entry.Number] : Change(entry);
    }

    public async Task<CatalogEntry> DeleteAsync(int number)
    {
        await LoadAsync();
        var entry = _entries[number];
        try
        {
            await store.MarkDeletedAsync(Tenant, number);
            if (_numbers.TryGetValue(entry.ItemId, out var current) && current == number)
            {
                // Here and not in the item's grain: an id that comes back at once has its entry written after this.
                await indexes.RemoveAsync(StoreKeys.ItemIndex(Tenant, StoreKeys.Bucket(entry.ItemId)), entry.ItemId);
                _numbers.Remove(entry.ItemId);
            }
        }
        catch (StoreUnavailableException)
        {
            // The number may be dead: whoever is given it now would lose what he writes under it.
            Forget();
            throw;
        }

        _unfinished.Add(number);
        return Change(new CatalogEntry { Number = number, ItemId = entry.ItemId, IsDeleted = true });
    }

    public async Task<int[]> GetUnfinishedDeletionsAsync(string id)
    {
        await LoadAsync();
        return [.. _unfinished.Where(number => _entries[number].ItemId == id)];
    }

    public async Task FinishDeletionsAsync(int[] numbers)
    {
        foreach (var number in numbers)
        {
            await store.FinishDeletionAsync(Tenant, number);
            _unfinished.Remove(number);
        }
    }

    public async Task<IndexMend> MendAsync(string[] ids)
    {
        await LoadAsync();
        var mend = default(IndexMend);
        foreach (var id in ids)
        {
            var index = StoreKeys.ItemIndex(Tenant, StoreKeys.Bucket(id));
            mend += _numbers.ContainsKey(id)
                ? new IndexMend(await indexes.AddAsync(index, id) ? 1 : 0, 0)
                : new IndexMend(0, await indexes.RemoveAsync(index, id) ? 1 : 0);
        }

        return mend;
    }

    public async Task<CatalogChanges> GetChangesAsync(Guid epoch, long after, int count)
    {
        await LoadAsync();
        var from = epoch == _epoch ? FirstAfter(after) : 0;
        var changed = new List<CatalogEntry>();
        var version = epoch == _epoch ? after : 0;
        for (; from < _log.Count && changed.Count < count; from++)
        {
            version = _log[from].Version;
            if (_entries[_log[from].Number].Version == version)
            {
                changed.Add(_entries[_log[from].Number]);
            }
        }

        return new CatalogChanges(_epoch, version, [.. changed], from < _log.Count);
    }

    // Only the store knows what is true now.
    private void Forget()
    {
        _loaded = false;
        DeactivateOnIdle();
    }

    // Calls for changes interleave: they share one reading of the store.
    private Task LoadAsync() =>
        _loaded ? Task.CompletedTask : _loading is { IsCompleted: false } loading ? loading : _loading = ReadAsync();

    private async Task ReadAsync()
    {
        if (_version == 0)
        {
            _version = await store.NextEpochAsync(Tenant) << VersionBits;
        }

        var (ids, deleted, unfinished) = await store.ReadAsync(Tenant);
        var states = await items.PeekAsync(Tenant, ids.Where((_, number) => !deleted.Contains(number)).ToArray());
        // A reload after a refused write counts on in the same epoch: entries change in place.
        for (var number = 0; number < ids.Count; number++)
        {
            var entry = deleted.Contains(number)
                ? new CatalogEntry { Number = number, ItemId = ids[number], IsDeleted = true }
                : states.GetValueOrDefault(ids[number])?.ToEntry(number) ?? new CatalogEntry { Number = number, ItemId = ids[number] };
            if (!entry.IsDeleted)
            {
                _numbers[ids[number]] = number;
            }
            else if (_numbers.TryGetValue(ids[number], out var known) && known == number)
            {
                _numbers.Remove(ids[number]);
            }

            if (number == _entries.Count)
            {
                AppendEntry(entry);
            }
            else
            {
                Change(entry);
            }
        }

        _unfinished.UnionWith(unfinished);
        _loaded = true;
    }

    private void AppendEntry(CatalogEntry entry)
    {
        _entries.Add(entry);
        Change(entry);
    }

    private CatalogEntry Change(CatalogEntry entry)
    {
        entry = _entries[entry.Number] = entry with { Version = ++_version };
        _log.Add((_version, entry.Number));
        if (_log.Count > 1000 + (2 * _entries.Count))
        {
            _log.RemoveAll(change => _entries[change.Number].Version != change.Version);
        }

        return entry;
    }

    private int FirstAfter(long version)
    {
        var (low, high) = (0, _log.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_log[middle].Version <= version)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
