using System.Text;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Upkeep;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// The state of a user whose grain is active on this silo. One call at a time has its turn; a write is checked, appended to
/// the journal and only then applied in memory, published to the silo and acknowledged. After a write whose outcome is unknown
/// the record is opened anew, which fences the write off and so decides that outcome.
/// </summary>
/// <remarks>
/// The grain calls it, and so does <see cref="LocalFeedback"/>, on the threads of requests: hence the turns. A silo holds
/// many of these, so there are few fields and few objects.
/// </remarks>
internal sealed partial class ActiveUser : Turns<ActiveUser.LocalRequest>
{
    private const int MaxOnStack = 256;
    private const int MaxAtOnce = 256;

    private readonly UserServices _services;
    private readonly IGrainBase _grain;
    private readonly Replica _replica;
    private readonly string _id;
    private readonly byte[] _record;
    private UserState _state = new();
    private Fence? _fence;
    private UserView? _view;
    private int _snapshotBytes;
    private int _journalBytes;
    private long _acknowledgedAt;

    public ActiveUser(string key, IGrainBase grain, UserServices services)
    {
        (var tenant, _id) = LeptonKey.Split(key);
        (_services, _grain, _replica) = (services, grain, services.Replicas.For(tenant));
        _record = Encoding.UTF8.GetBytes(StoreKeys.UserRecord(key));
    }

    /// <summary>
    /// What the last acknowledged write has left; <see langword="null"/> while only the store knows. Made when somebody asks:
    /// users whose feedback streams in and who are shown no lists need none.
    /// </summary>
    public UserView? View => Volatile.Read(ref _view) ?? Look();

    private string Tenant => _replica.Tenant;

    /// <inheritdoc cref="IUserGrain.GetAsync" />
    public Task<User?> GetAsync() => InTurnAsync(() => Task.FromResult(
        _state.Exists ? new User { UserId = _id, LabelsJson = _state.LabelsJson, Comment = _state.Comment } : null));

    /// <inheritdoc cref="IUserGrain.PutAsync" />
    public Task PutAsync(User user) => InTurnAsync(() => WriteProfileAsync(user.LabelsJson, user.Comment));

    /// <inheritdoc cref="IUserGrain.PatchAsync" />
    public Task<bool> PatchAsync(UserPatch patch) => InTurnAsync(() =>
    {
        var labels = patch.LabelsJson is null ? _state.LabelsJson : patch.LabelsJson == "null" ? null : patch.LabelsJson;
        return _state.Exists ? WriteProfileAsync(labels, patch.Comment ?? _state.Comment) : Task.FromResult(false);
    });

    /// <inheritdoc cref="IUserGrain.EraseAsync" />
    public async Task<ErasureReceipt> EraseAsync()
    {
        _services.Gate.Demand(Tenant);

        // What is on its way to somebody else is not this user's any more.
        await FinishMergeAsync();
        await ForgetArrivalsAsync();
        return await InTurnAsync(EraseInTurnAsync);
    }

    /// <summary>Whether something at this place of a log, or after it, is kept already.</summary>
    public Task<bool> HasAppliedAsync(FeedbackOrigin origin) => InTurnAsync(() => Task.FromResult(_state.Applied(origin) > 0));

    /// <inheritdoc cref="IUserGrain.RecordAsync" />
    public Task<int> RecordAsync(FeedbackBatch batch)
    {
        var now = _services.Clock.GetUtcNow().UtcDateTime;
        UserFeedback.Validate(batch, _id, now);
        return InTurnAsync(async () =>
        {
            _services.Gate.Demand(Tenant);
            var rows = batch.Rows.Skip(_state.Applied(batch.Origin)).ToArray();
            var numbers = await _replica.Catalog.ResolveAsync(rows);
            var changes = ChangesOf(rows, batch.Overwrite, numbers, now);
            if (changes.Events.Length > 0)
            {
                var write = Prepare(changes, batch.Overwrite, now, batch.Origin);
                await GuardAsync(AppendAsync(write.Operation, write.Indexes));
                Apply(write);
                await FoldWhenDueAsync();
            }

            return changes.Rows;
        });
    }

    /// <summary>Begins to record feedback on the caller's thread, where that needs nothing but memory and a write. See <see cref="GroupCommit.Send"/>.</summary>
    /// <param name="rows">Rows of this user, checked.</param>
    /// <param name="overwrite">See <see cref="FeedbackBatch.Overwrite"/>.</param>
    /// <param name="origin">See <see cref="FeedbackBatch.Origin"/>.</param>
    /// <param name="now">The clock.</param>
    /// <param name="receipt">Is told how the write ended.</param>
    /// <param name="group">What to call it.</param>
    /// <returns>False: nothing was done, and the grain is to be asked.</returns>
    public bool TryRecord(ReadOnlyMemory<Feedback> rows, bool overwrite, FeedbackOrigin? origin, DateTime now, IFeedbackReceipt receipt, int group)
    {
        Span<int> numbers = rows.Length <= MaxOnStack ? stackalloc int[rows.Length] : new int[rows.Length];
        if (!UserFeedback.KnowsTypes(rows.Span) || !_replica.Catalog.TryResolve(rows.Span, numbers))
        {
            return false;
        }

        var request = new LocalRequest(rows, overwrite, origin, now, receipt, group);
        if (Volatile.Read(ref _fence) is null || EnterOrQueue(request) is not { } isEntered)
        {
            return false;
        }

        if (isEntered && !TryBegin(request, numbers))
        {
            Leave();
        }

        return true;
    }

    /// <inheritdoc cref="IUserGrain.GetFeedbackAsync" />
    public Task<Page<Feedback>> GetFeedbackAsync(FeedbackQuery query) => InTurnAsync(async () =>
    {
        await _replica.Catalog.KnowAsync(_state.History);
        return UserFeedback.Page(_state.History, _id, query, _replica.Catalog);
    });

    /// <inheritdoc cref="IUserGrain.DeleteFeedbackAsync" />
    public Task<int> DeleteFeedbackAsync(string itemId, string? feedbackType) => InTurnAsync(async () =>
    {
        if (await _replica.Catalog.FindAsync(itemId) is not { } entry)
        {
            return 0;
        }

        var types = UserFeedback.TypesOf(_state.History, entry.Number, feedbackType);
        if (types > 0)
        {
            _services.Gate.Demand(Tenant);
            var operation = new UserOperation
            {
                Kind = UserOperation.OperationKind.Remove, Version = NextVersion(), Type = feedbackType, Item = entry.Number,
            };
            await GuardAsync(AppendAsync(operation, []));
            Apply(operation);
            if (!_state.History.Mentions(entry.Number))
            {
                await _services.Indexes.RemoveAsync(StoreKeys.ItemFeedbackIndex(Tenant, entry.Number), _id);
            }
        }

        return types;
    });

    /// <inheritdoc cref="IUserGrain.GetNeighborsAsync" />
    public Task<IReadOnlyList<ScoredId>> GetNeighborsAsync(int count, int offset) =>
        InTurnAsync(() => _services.Neighbors.FindAsync(Tenant, _id, _state.History, count, offset));

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

        await _services.Records.AddToIndexesAsync(
            [UserIndex, StoreKeys.RestoredIndex(Tenant), .. restored.History.DistinctItems().Select(item => StoreKeys.ItemFeedbackIndex(Tenant, item))], _id);
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

    /// <inheritdoc cref="IUserHistoryGrain.GetViewAsync" />
    public async Task<UserView?> GetViewAsync(long knownVersion)
    {
        var view = View ?? await InTurnAsync(() => Task.FromResult(View!));
        return view.Version == knownVersion ? null : view;
    }

    /// <summary>Returns when whoever has the turn now, and whoever has waited for it longer than this, has had it.</summary>
    public async Task SettleAsync()
    {
        try
        {
            await EnterAsync();
        }
        catch (StaleActivationException)
        {
            // Nobody has a turn any more.
            return;
        }

        Leave();
    }

    /// <summary>Ends it: what is in the journal is folded, and nobody has a turn any more.</summary>
    public async Task CloseAsync()
    {
        await EnterAsync();
        try
        {
            if (_fence is not null)
            {
                await (_journalBytes > 0 ? FoldAsync(leaves: true) : ReleaseAsync(_fence));
            }
        }
        finally
        {
            _services.Local.Remove(Tenant, _id, this);
            Close();
            CloseTurns();
        }
    }

    /// <summary>The record, as errors name it.</summary>
    public override string ToString() => StoreKeys.UserRecord(LeptonKey.For(Tenant, _id));

    private RedisKey UserIndex => StoreKeys.UserIndex(Tenant, StoreKeys.Bucket(_id));

    private async Task<T> InTurnAsync<T>(Func<Task<T>> action)
    {
        await EnterAsync();
        try
        {
            if (_fence is null)
            {
                await OpenAsync();
            }

            return await action();
        }
        finally
        {
            Leave();
        }
    }

    protected override void Decline(LocalRequest request) => request.Receipt.Declined(request.Group);

    protected override bool TryBegin(LocalRequest request)
    {
        var rows = request.Rows.Span;
        Span<int> numbers = rows.Length <= MaxOnStack ? stackalloc int[rows.Length] : new int[rows.Length];
        if (!_replica.Catalog.TryResolve(rows, numbers))
        {
            Decline(request);
            return false;
        }

        var isBegun = TryBegin(request, numbers);
        if (isBegun)
        {
            _services.Commits.Send();
        }

        return isBegun;
    }

    // In a turn, which belongs to the commit where there is one.
    private bool TryBegin(in LocalRequest request, ReadOnlySpan<int> numbers)
    {
        if (_fence is null || _services.Gate.IsClosed(Tenant))
        {
            Decline(request);
            return false;
        }

        try
        {
            var applied = _state.Applied(request.Origin);
            var changes = ChangesOf(request.Rows.Span[applied..], request.Overwrite, numbers[applied..], request.Now);
            if (changes.Events.Length > 0)
            {
                var write = Prepare(changes, request.Overwrite, request.Now, request.Origin);
                _services.Commits.Add(new LocalCommit(this, write, FrameOf(write.Operation), changes.Rows, request.Receipt, request.Group));
                return true;
            }

            request.Receipt.Recorded(request.Group, changes.Rows);
        }
        catch (Exception exception)
        {
            // Nothing was written; whoever asked is told, and the next has its turn.
            request.Receipt.Failed(request.Group, exception);
        }

        return false;
    }

    private async Task OpenAsync()
    {
        var (fence, record) = await _services.Records.OpenAsync(_record);
        _state = UserState.Read(record);
        await MendIndexAsync(record);
        (_snapshotBytes, _journalBytes) = (record.Snapshot.Length, record.Journal.Sum(f => f.Length));
        Change(() => _fence = fence);
        _services.Local.Add(Tenant, _id, this);
    }

    private async Task<ErasureReceipt> EraseInTurnAsync()
    {
        _services.Gate.Demand(Tenant);

        // The record after the entries that it names: whoever repeats an erasure that was cut off still finds them. The
        // counters after the record, so that none gives back twice; that a build is owed is noted before all of it.
        var (erased, lists) = (_state, Volatile.Read(ref _view)?.Ranking is null ? 0 : 1);
        var token = erased.History.Count == 0 ? null : await _services.Erasures.AddAsync(Tenant);
        var (frames, counters) = (0, 0);
        var entries = await RemoveItemEntriesAsync(_state.History.DistinctItems());
        await Task.WhenAll(Enumerable.Range(0, StoreKeys.MergedDays).Select(day => StoreKeys.MergedIndex(Tenant, day))
            .Append(StoreKeys.RestoredIndex(Tenant))
            .Select(index => _services.Indexes.RemoveAsync(index, _id)));
        if (erased.Version > 0)
        {
            frames = await RemoveRecordAsync();
            counters = _services.Deltas.TakeBack(Tenant, erased.History.Events, _replica.ModelVersion, _replica.Catalog.IsDeleted);
        }

        if (token is not null)
        {
            if (counters != 0)
            {
                // A build that read the history while it was being removed knows the first note only.
                await _services.Erasures.AddAsync(Tenant);
            }

            await _services.Erasures.RemoveAsync(Tenant, token);
        }

        return new ErasureReceipt
        {
            UserId = _id,
            States = erased.Exists ? 1 : 0,
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

    // How many there were.
    private async Task<int> RemoveItemEntriesAsync(IEnumerable<int> items)
    {
        var entries = 0;
        foreach (var some in items.Chunk(MaxAtOnce))
        {
            var removed = await Task.WhenAll(some.Select(item => _services.Indexes.RemoveAsync(StoreKeys.ItemFeedbackIndex(Tenant, item), _id)));
            entries += removed.Count(wasThere => wasThere);
        }

        return entries;
    }

    // How many frames the journal had.
    private async Task<int> RemoveRecordAsync()
    {
        var frames = await GuardAsync(_services.Records.DeleteAsync(_record, _fence!));
        Change(() => _state = new UserState());
        (_snapshotBytes, _journalBytes) = (0, 0);
        return frames;
    }

    // An append may have been kept whose index entries were not; the caller was told to repeat it, and the repetition changes
    // nothing. What is still in the journal is entered once more: it costs little and can be done any number of times.
    private Task MendIndexAsync(StoredRecord record)
    {
        if (record.Journal.Length == 0)
        {
            return Task.CompletedTask;
        }

        var items = record.Journal
            .SelectMany(frame => UserOperation.Read(frame).Events)
            .Select(e => e.Event.Item)
            .Distinct()
            .Where(_state.History.Mentions);
        RedisKey[] users = _state.Exists || _state.PendingDeparture is not null ? [UserIndex] : [];
        return _services.Records.AddToIndexesAsync([.. users, .. items.Select(item => StoreKeys.ItemFeedbackIndex(Tenant, item))], _id);
    }

    private long NextVersion() => Math.Max(_state.Version + 1, _state.Exists ? 0 : _services.Clock.GetUtcNow().ToUnixTimeMilliseconds());

    private FeedbackChanges ChangesOf(ReadOnlySpan<Feedback> rows, bool overwrite, ReadOnlySpan<int> numbers, DateTime now) =>
        UserFeedback.Changes(_state.History, _state.Names, rows, overwrite, numbers, now, _services.RepetitionWindow);

    private PreparedWrite Prepare(FeedbackChanges changes, bool overwrite, DateTime now, FeedbackOrigin? origin)
    {
        var events = changes.Events;
        var indexes = IndexesFor(events);
        var operation = new UserOperation
        {
            Kind = overwrite ? UserOperation.OperationKind.Replace : UserOperation.OperationKind.Add,
            Version = NextVersion(),
            Events = events,
            Names = changes.Names,
            RecordedMs = new DateTimeOffset(now).ToUnixTimeMilliseconds(),
            Position = LogPosition.After(origin),
        };

        // What is put in another's place is no new meeting of this user and that item.
        return new PreparedWrite(operation, indexes, overwrite ? Array.FindAll(events, e => !_state.History.Mentions(e.Event.Item)) : events);
    }

    // The enumerations that events put the user in.
    private RedisKey[] IndexesFor((FeedbackEvent Event, string Comment)[] events)
    {
        var items = UserFeedback.NewItems(_state.History, events);
        var indexes = new RedisKey[items.Count + (_state.Exists ? 0 : 1)];
        for (var i = 0; i < items.Count; i++)
        {
            indexes[i] = StoreKeys.ItemFeedbackIndex(Tenant, items[i]);
        }

        if (!_state.Exists)
        {
            indexes[^1] = UserIndex;
        }

        return indexes;
    }

    private async Task<IndexMend> MendAsync(RedisKey index, bool belongs) => belongs
        ? new IndexMend(await _services.Indexes.AddAsync(index, _id) ? 1 : 0, 0)
        : new IndexMend(0, await _services.Indexes.RemoveAsync(index, _id) ? 1 : 0);

    private async Task<bool> WriteProfileAsync(string? labelsJson, string comment)
    {
        _services.Gate.Demand(Tenant);
        var operation = new UserOperation
        {
            Kind = UserOperation.OperationKind.Profile, Version = NextVersion(), LabelsJson = labelsJson, Comment = comment,
        };
        await GuardAsync(AppendAsync(operation, _state.Exists ? [] : [UserIndex]));
        Apply(operation);
        await FoldWhenDueAsync();
        return true;
    }

    private Task AppendAsync(UserOperation operation, IReadOnlyList<RedisKey> indexes) =>
        _services.Records.AppendAsync(_record, _fence!, FrameOf(operation), indexes, _id);

    private byte[] FrameOf(UserOperation operation)
    {
        var frame = operation.ToFrame();
        _journalBytes += frame.Length;
        return frame;
    }

    private void Apply(PreparedWrite write)
    {
        Apply(write.Operation);
        _services.Deltas.Add(Tenant, _state.History, write.Met);
    }

    private void Apply(UserOperation operation)
    {
        // Not by Change: a delegate for each write would be the largest object of it.
        lock (this)
        {
            _state.Apply(operation);
            _view = null;
            _acknowledgedAt = Environment.TickCount64;
        }
    }

    // Views are made on other threads. The lock is this object itself: nobody outside knows of it, and another object for each
    // user would weigh more than what it guards.
    private void Change(Action change)
    {
        lock (this)
        {
            change();
            (_view, _acknowledgedAt) = (null, 0);
        }
    }

    private UserView? Look()
    {
        lock (this)
        {
            return _fence is null ? null : _view ??= _state.History.View(_state.Version, _acknowledgedAt);
        }
    }

    private void Close() => Change(() => _fence = null);

    private async Task<T> GuardAsync<T>(Task<T> write)
    {
        await GuardAsync((Task)write);
        return await write;
    }

    private async Task GuardAsync(Task write)
    {
        try
        {
            await write;
        }
        catch (Exception exception)
        {
            Forget(exception);
            throw;
        }
    }

    // Whatever it was, what the store holds is unknown now; the next turn reads it anew and fences this write off.
    private void Forget(Exception exception)
    {
        Close();
        if (exception is StaleActivationException)
        {
            _services.Logger.LostRecord(ToString());
            _grain.DeactivateOnIdle();
        }
    }

    // A fold costs the size of the state, so it waits until the journal has half of that: a write stays O(1) on average.
    private bool IsFoldDue => _journalBytes > Math.Max(2048, _snapshotBytes / 2);

    private Task FoldWhenDueAsync() => IsFoldDue ? FoldAsync() : Task.CompletedTask;

    private async Task FoldAsync(bool leaves = false)
    {
        var started = StoreMetrics.StartFold();
        try
        {
            _state.Names?.Forget((_services.Clock.GetUtcNow() - _services.RepetitionWindow).ToUnixTimeMilliseconds());
            var snapshot = _state.ToSnapshot(_replica.Catalog.IsDeleted);
            await _services.Records.SaveAsync(_record, _fence!, snapshot, leaves);
            (_snapshotBytes, _journalBytes) = (snapshot.Length, 0);
            StoreMetrics.RecordFold(started);
        }
        catch (Exception exception) when (exception is StaleActivationException or StoreUnavailableException)
        {
            StoreMetrics.RecordFold(started, exception);
            // Nothing acknowledged is lost: the journal is still there. Whether the snapshot is, the next turn reads.
            _services.Logger.FoldFailed(ToString(), exception);
            Forget(exception);
        }
    }

    private async Task ReleaseAsync(Fence fence)
    {
        try
        {
            await _services.Records.ReleaseAsync(_record, fence);
        }
        catch (StoreUnavailableException)
        {
            // The token stays, and takes a little place until the user comes again.
        }
    }

    private async Task FoldAndLeaveAsync()
    {
        try
        {
            await FoldAsync();
        }
        finally
        {
            Leave();
        }
    }

    // What a request's thread asked for while somebody else had the turn.
    internal readonly record struct LocalRequest(ReadOnlyMemory<Feedback> Rows, bool Overwrite, FeedbackOrigin? Origin, DateTime Now, IFeedbackReceipt Receipt, int Group);

    // What is about to be written: the operation, the enumerations that the user is not in yet, and the events to count.
    private sealed record PreparedWrite(UserOperation Operation, RedisKey[] Indexes, (FeedbackEvent Event, string Comment)[] Met);

    // A write that began on a request's thread: it holds the turn until the store has answered.
    private sealed class LocalCommit : Commit
    {
        private readonly ActiveUser _user;
        private readonly PreparedWrite _write;
        private readonly IFeedbackReceipt _receipt;
        private readonly int _group;
        private readonly int _changed;

        public LocalCommit(ActiveUser user, PreparedWrite write, byte[] frame, int changed, IFeedbackReceipt receipt, int group)
        {
            (Record, Fence, Frame, Indexes, Member) = (user._record, user._fence, frame, write.Indexes, user._id);
            (_user, _write, _changed, _receipt, _group) = (user, write, changed, receipt, group);
        }

        protected override void OnDone(bool kept)
        {
            if (!kept)
            {
                _user.Forget(new StaleActivationException(Record.ToString()));
                _user.Leave();
                _receipt.Declined(_group);
                return;
            }

            try
            {
                _user.Apply(_write);
            }
            catch (Exception exception)
            {
                // It is in the store; what memory holds of it is not to be relied on.
                End(exception);
                return;
            }

            if (_user.IsFoldDue)
            {
                _ = Task.Run(_user.FoldAndLeaveAsync);
            }
            else
            {
                _user.Leave();
            }

            _receipt.Recorded(_group, _changed);
        }

        protected override void OnFailed(Exception exception) => End(DurableStore.Unavailable("append", exception));

        private void End(Exception exception)
        {
            _user.Forget(exception);
            _user.Leave();
            _receipt.Failed(_group, exception);
        }
    }
}
