using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Upkeep;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Users;

// Erasure, restoring from a backup, and mending of the enumerations the user is in.
internal sealed partial class ActiveUser
{
    private const int MaxAtOnce = 256;

    /// <inheritdoc cref="IUserGrain.EraseAsync" />
    public async Task<ErasureReceipt> EraseAsync()
    {
        _services.Gate.Demand(Tenant);

        // What is on its way to somebody else is not this user's any more.
        await FinishMergeAsync();
        await ForgetDepartureAsync();
        var forgotten = new HashSet<(string, long)>();
        while (true)
        {
            await ForgetArrivalsAsync(forgotten);
            var erased = await InTurnAsync(async () =>
            {
                // Somebody may have been merged into this user since the others were told.
                if (_state.Arrivals?.Any(arrival => !forgotten.Contains((arrival.Key, arrival.Value.LeftAt))) is true)
                {
                    return null;
                }

                var receipt = await EraseInTurnAsync();
                if (receipt.Found)
                {
                    _services.Events.UserErased(Tenant, _id);
                }

                return receipt;
            });
            if (erased is not null)
            {
                return erased;
            }
        }
    }

    /// <inheritdoc cref="IUserUpkeepGrain.MendAsync" />
    public Task<UserMend> MendAsync(int[] items) => InTurnAsync(async () =>
    {
        var departure = _state.PendingDeparture;
        var user = await MendAsync(UserIndex, _state.Exists || departure is not null);
        var mended = await Task.WhenAll(items.Select(item =>
            MendAsync(StoreKeys.ItemFeedbackIndex(Tenant, item), (_state.History.Mentions(item) || departure?.Events.Mentions(item) is true) && !_replica.Catalog.IsDeleted(item))));
        if (_state.Version == 0)
        {
            // There may be a token to a record that is not there.
            await GuardAsync(_services.Records.DeleteAsync(_record, _fence!));
        }

        return new UserMend(user, mended.Aggregate(default(IndexMend), (sum, mend) => sum + mend));
    });

    /// <inheritdoc cref="IUserRestoreGrain.RestoreAsync" />
    public Task RestoreAsync(byte[] snapshot) => InTurnAsync(async () =>
    {
        var restored = UserState.Read(new StoredRecord(true, snapshot, []));
        if (_state.Version == restored.Version)
        {
            return false;
        }

        // What the same backup has restored may come again, as it was then or as it was later; what is newer stays.
        if (_state.Version > 0 && !await _services.Indexes.HoldsAsync(StoreKeys.RestoredIndex(Tenant), _id))
        {
            throw new RestoreConflictException($"The user '{_id}' has been written to since: restore into a service that nobody writes to.");
        }

        if (_state.Version > restored.Version)
        {
            return false;
        }

        RedisKey[] users = restored.Exists ? [UserIndex] : [];
        await _services.Records.AddToIndexesAsync(
            [.. users, StoreKeys.RestoredIndex(Tenant), .. restored.History.DistinctItems().Select(item => StoreKeys.ItemFeedbackIndex(Tenant, item))], _id);
        await GuardAsync(_services.Records.SaveAsync(_record, _fence!, snapshot));
        Change(() => _state = restored);
        (_snapshotBytes, _journalBytes) = (snapshot.Length, 0);
        return true;
    });

    /// <inheritdoc cref="IUserRestoreGrain.RemoveRestoredAsync" />
    public Task RemoveRestoredAsync(long leftAt) => InTurnAsync(async () =>
    {
        if (_state.Version > 0 && _state.Version < leftAt && await _services.Indexes.HoldsAsync(StoreKeys.RestoredIndex(Tenant), _id))
        {
            // What was counted stays: the counters are restored as they are.
            await RemoveItemEntriesAsync(_state.History.DistinctItems());
            await RemoveRecordAsync();
            await _services.Indexes.RemoveAsync(UserIndex, _id);
        }

        return true;
    });

    private async Task<ErasureReceipt> EraseInTurnAsync()
    {
        _services.Gate.Demand(Tenant);

        // The record after the entries that it names: whoever repeats an erasure that was cut off still finds them.
        var (erased, lists) = (_state, Volatile.Read(ref _view)?.Ranking is null ? 0 : 1);
        var (frames, entries) = (0, 0);
        var counters = await UncountAsync(erased.History, async () =>
        {
            entries = await RemoveItemEntriesAsync(erased.History.DistinctItems());
            await Task.WhenAll(Enumerable.Range(0, StoreKeys.MergedDays).Select(day => StoreKeys.MergedIndex(Tenant, day))
                .Append(StoreKeys.RestoredIndex(Tenant))
                .Select(index => _services.Indexes.RemoveAsync(index, _id)));
            if (erased.Version > 0)
            {
                frames = await RemoveRecordAsync();
            }
        });
        return new ErasureReceipt
        {
            UserId = _id,
            States = erased.Version > 0 ? 1 : 0,
            JournalEntries = frames,
            Feedback = erased.History.Count,
            EventNames = erased.Names?.Count ?? 0,
            ItemIndexEntries = entries,
            UserIndexEntries = await _services.Indexes.RemoveAsync(UserIndex, _id) ? 1 : 0,
            CachedLists = lists,
            Counters = Math.Max(0, counters),
            Waiting = counters == 0 ? [] : _services.WaitsFor(isBuilt: _replica.ModelVersion > 0),
        };
    }

    // Removes a history for good and takes back what it was counted for, whose number is returned as TakeBack says it. The
    // counters after the record, so that none gives back twice; that a build is owed is noted before all of it.
    private async Task<int> UncountAsync(FeedbackHistory history, Func<Task> remove)
    {
        if (history.Count == 0)
        {
            await remove();
            return 0;
        }

        var token = await _services.Erasures.AddAsync(Tenant);
        await remove();
        var counters = _services.Deltas.TakeBack(Tenant, history.Events, _replica.ModelVersion, _replica.Catalog.IsDeleted, _replica.Model.RuleReach);
        if (counters != 0)
        {
            // A build that read the history while it was being removed knows the first note only.
            await _services.Erasures.AddAsync(Tenant);
        }

        await _services.Erasures.RemoveAsync(Tenant, token);
        return counters;
    }

    // How many there were.
    private async Task<int> RemoveItemEntriesAsync(IEnumerable<int> items)
    {
        var entries = 0;
        foreach (var some in items.Chunk(MaxAtOnce))
        {
            entries += await _services.Indexes.RemoveAsync(Array.ConvertAll(some, item => StoreKeys.ItemFeedbackIndex(Tenant, item)), _id);
        }

        return entries;
    }

    private async Task<IndexMend> MendAsync(RedisKey index, bool belongs) => belongs
        ? new IndexMend(await _services.Indexes.AddAsync(index, _id) ? 1 : 0, 0)
        : new IndexMend(0, await _services.Indexes.RemoveAsync(index, _id) ? 1 : 0);
}
