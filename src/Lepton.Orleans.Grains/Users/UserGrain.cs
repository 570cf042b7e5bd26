using Lepton.Orleans.Grains.Placement;
using Lepton.Orleans.Grains.Storage;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Users;

/// <inheritdoc cref="IUserGrain" />
/// <remarks>
/// One call at a time writes; a write is checked, appended to the journal and only then applied in memory, published to
/// the silo and acknowledged. After a write whose outcome is unknown the state is read anew, which takes the next epoch
/// and so decides that outcome.
/// </remarks>
[BesideUserPlacement]
internal sealed class UserGrain(UserServices services) : Grain, IUserGrain, IUserHistoryGrain
{
    private Fence? _fence;
    private Task? _loading;
    private UserState _state = new();
    private UserView _view = UserView.Empty;
    private int _snapshotBytes;
    private int _journalBytes;

    private string Key => this.GetPrimaryKeyString();

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_journalBytes > 0 && _fence is not null)
        {
            await FoldAsync();
        }

        services.Local.Withdraw(Key, _view);
    }

    public async Task<User?> GetAsync()
    {
        await LoadAsync();
        return _state.Exists ? new User { UserId = LeptonKey.Split(Key).Id, LabelsJson = _state.LabelsJson, Comment = _state.Comment } : null;
    }

    public async Task PutAsync(User user)
    {
        ArgumentNullException.ThrowIfNull(user);
        await LoadAsync();
        await WriteProfileAsync(user.LabelsJson, user.Comment);
    }

    public async Task<bool> PatchAsync(UserPatch patch)
    {
        ArgumentNullException.ThrowIfNull(patch);
        await LoadAsync();
        if (!_state.Exists)
        {
            return false;
        }

        var labels = patch.LabelsJson is null ? _state.LabelsJson : patch.LabelsJson == "null" ? null : patch.LabelsJson;
        await WriteProfileAsync(labels, patch.Comment ?? _state.Comment);
        return true;
    }

    public async Task<bool> DeleteAsync()
    {
        await LoadAsync();
        var (tenant, id) = LeptonKey.Split(Key);
        if (!_state.Exists)
        {
            // An earlier call may have come no further than the record.
            await services.Indexes.RemoveAsync(StoreKeys.UserIndex(tenant, StoreKeys.Bucket(id)), id);
            return false;
        }

        await GuardAsync(services.Records.DeleteAsync(Record, _fence!));
        var items = UserFeedback.DistinctItems(_state.History);
        _state = new UserState();
        (_snapshotBytes, _journalBytes) = (0, 0);
        Publish();
        await services.Indexes.RemoveAsync(StoreKeys.UserIndex(tenant, StoreKeys.Bucket(id)), id);
        await Task.WhenAll(items.Select(item => services.Indexes.RemoveAsync(StoreKeys.ItemFeedbackIndex(tenant, item), id)));
        return true;
    }

    public async Task<int> RecordAsync(FeedbackBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var (tenant, id) = LeptonKey.Split(Key);
        var now = services.Clock.GetUtcNow().UtcDateTime;
        UserFeedback.Validate(batch, id, now);
        await LoadAsync();
        var catalog = services.Replicas.For(tenant).Catalog;
        var numbers = await catalog.ResolveAsync(batch.Rows);
        var added = UserFeedback.Changes(_state.History, batch, numbers, now);
        if (added.Count == 0)
        {
            return 0;
        }

        var operation = new UserOperation
        {
            Kind = batch.Overwrite ? UserOperation.OperationKind.Replace : UserOperation.OperationKind.Add,
            Version = NextVersion(),
            Events = added,
        };
        await GuardAsync(AppendAsync(operation, IndexesOf(tenant, id, added), id));

        // What is put in another's place is no new meeting of this user and that item.
        var met = batch.Overwrite ? added.FindAll(a => !_state.History.Mentions(a.Event.Item)) : added;
        Apply(operation);
        services.Deltas.Add(tenant, _state.History, met);
        await FoldWhenDueAsync();
        return added.Count;
    }

    public async Task<Page<Feedback>> GetFeedbackAsync(FeedbackQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        await LoadAsync();
        var (tenant, id) = LeptonKey.Split(Key);
        var catalog = services.Replicas.For(tenant).Catalog;
        await catalog.KnowAsync(_state.History);
        return UserFeedback.Page(_state.History, id, query, catalog);
    }

    public async Task<int> DeleteFeedbackAsync(string itemId, string? feedbackType)
    {
        await LoadAsync();
        var (tenant, id) = LeptonKey.Split(Key);
        var catalog = services.Replicas.For(tenant).Catalog;
        if (await catalog.FindAsync(itemId) is not { } entry)
        {
            return 0;
        }

        var types = UserFeedback.TypesOf(_state.History, entry.Number, feedbackType);
        if (types > 0)
        {
            var operation = new UserOperation
            {
                Kind = UserOperation.OperationKind.Remove, Version = NextVersion(), Type = feedbackType, Item = entry.Number,
            };
            await GuardAsync(AppendAsync(operation, [], id));
            Apply(operation);
            if (!_state.History.Mentions(entry.Number))
            {
                await services.Indexes.RemoveAsync(StoreKeys.ItemFeedbackIndex(tenant, entry.Number), id);
            }
        }

        return types;
    }

    public async Task<IReadOnlyList<ScoredId>> GetNeighborsAsync(int count, int offset)
    {
        await LoadAsync();
        var (tenant, id) = LeptonKey.Split(Key);
        return await services.Neighbors.FindAsync(tenant, id, _state.History, count, offset);
    }

    public async Task<UserView?> GetViewAsync(long knownVersion)
    {
        await LoadAsync();
        return _view.Version == knownVersion ? null : _view;
    }

    private string Record => StoreKeys.UserRecord(Key);

    private long NextVersion() => Math.Max(_state.Version + 1, _state.Exists ? 0 : services.Clock.GetUtcNow().ToUnixTimeMilliseconds());

    // Reads interleave with writes: two openings at once would take the record away from each other.
    private Task LoadAsync() =>
        _fence is not null ? Task.CompletedTask
        : _loading is { IsCompleted: false } loading ? loading
        : _loading = OpenAsync();

    private async Task OpenAsync()
    {
        var (fence, record) = await services.Records.OpenAsync(Record);
        _state = UserState.Read(record);
        await MendIndexAsync(record);
        (_snapshotBytes, _journalBytes) = (record.Snapshot.Length, record.Journal.Sum(f => f.Length));
        _fence = fence;
        Publish();
    }

    // An append may have been kept whose index entries were not; the caller was told to repeat it, and the repetition changes
    // nothing. What is still in the journal is entered once more: it costs little and can be done any number of times.
    private Task MendIndexAsync(StoredRecord record)
    {
        if (record.Journal.Length == 0)
        {
            return Task.CompletedTask;
        }

        var (tenant, id) = LeptonKey.Split(Key);
        var items = record.Journal
            .SelectMany(frame => UserOperation.Read(frame).Events)
            .Select(e => e.Event.Item)
            .Distinct()
            .Where(_state.History.Mentions);
        return services.Records.AddToIndexesAsync(
            [StoreKeys.UserIndex(tenant, StoreKeys.Bucket(id)), .. items.Select(item => StoreKeys.ItemFeedbackIndex(tenant, item))], id);
    }

    private async Task WriteProfileAsync(string? labelsJson, string comment)
    {
        var (tenant, id) = LeptonKey.Split(Key);
        var operation = new UserOperation
        {
            Kind = UserOperation.OperationKind.Profile, Version = NextVersion(), LabelsJson = labelsJson, Comment = comment,
        };
        await GuardAsync(AppendAsync(operation, IndexesOf(tenant, id, []), id));
        Apply(operation);
        await FoldWhenDueAsync();
    }

    // The enumerations that this user is not in yet.
    private List<RedisKey> IndexesOf(string tenant, string id, IReadOnlyList<(FeedbackEvent Event, string Comment)> added)
    {
        var indexes = new List<RedisKey>();
        if (!_state.Exists)
        {
            indexes.Add(StoreKeys.UserIndex(tenant, StoreKeys.Bucket(id)));
        }

        foreach (var (e, _) in added)
        {
            if (!_state.History.Mentions(e.Item))
            {
                indexes.Add(StoreKeys.ItemFeedbackIndex(tenant, e.Item));
            }
        }

        return indexes;
    }

    private Task AppendAsync(UserOperation operation, IReadOnlyList<RedisKey> indexes, string id)
    {
        var frame = operation.ToFrame();
        _journalBytes += frame.Length;
        return services.Records.AppendAsync(Record, _fence!, frame, indexes, id);
    }

    private void Apply(UserOperation operation)
    {
        _state.Apply(operation);
        Publish();
    }

    private void Publish()
    {
        _view = _state.History.View(_state.Version);
        services.Local.Publish(Key, _view);
    }

    private async Task GuardAsync(Task write)
    {
        try
        {
            await write;
        }
        catch (Exception exception)
        {
            // Whatever it was, what the store holds is unknown now; the next call reads it anew and fences this write off.
            _fence = null;
            services.Local.Withdraw(Key, _view);
            if (exception is StaleActivationException)
            {
                services.Logger.LostRecord(Key);
                DeactivateOnIdle();
            }

            throw;
        }
    }

    // A fold costs the size of the state, so it waits until the journal has half of that: a write stays O(1) on average.
    private Task FoldWhenDueAsync() => _journalBytes > Math.Max(2048, _snapshotBytes / 2) ? FoldAsync() : Task.CompletedTask;

    private async Task FoldAsync()
    {
        try
        {
            var catalog = services.Replicas.For(LeptonKey.Split(Key).Tenant).Catalog;
            var snapshot = _state.ToSnapshot(catalog.IsDeleted);
            await services.Records.SaveAsync(Record, _fence!, snapshot);
            (_snapshotBytes, _journalBytes) = (snapshot.Length, 0);
        }
        catch (Exception exception) when (exception is StaleActivationException or StoreUnavailableException)
        {
            // Nothing acknowledged is lost: the journal is still there. Whether the snapshot is, the next call reads.
            services.Logger.FoldFailed(Key, exception);
            services.Local.Withdraw(Key, _view);
            _fence = null;
        }
    }
}
