using Lepton.Orleans.Grains.Storage;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Users;

// Feedback: by a call of the grain, and on the thread of a request where that needs nothing but memory and a write.
internal sealed partial class ActiveUser
{
    private const int MaxOnStack = 256;

    /// <inheritdoc cref="IUserGrain.RecordAsync" />
    public Task<int> RecordAsync(FeedbackBatch batch)
    {
        var now = _services.Clock.GetUtcNow().UtcDateTime;
        UserFeedback.Validate(batch, _id, now);
        return InTurnAsync(async () =>
        {
            _services.Gate.Demand(Tenant);
            var applied = _state.Applied(batch.Origin);
            var rows = batch.Rows.Skip(applied).ToArray();
            var numbers = await _replica.Catalog.ResolveAsync(rows);
            if (batch.UnlessAhead)
            {
                (rows, numbers) = UserFeedback.NotAhead(_state.History, rows, numbers, now);
            }

            var changes = ChangesOf(rows, batch.Overwrite, numbers, now, batch.Origin, applied);
            if (IsKept(changes) || IsPassed(batch.Origin, rows.Length))
            {
                var write = Prepare(changes, batch.Overwrite, now, batch.Origin);
                await GuardAsync(AppendAsync(write.Operation, write.Indexes));
                Apply(write);
                await FoldWhenDueAsync();
            }

            if (IsTold(batch.Origin))
            {
                _services.Events.FeedbackAccepted(Tenant, _id, batch.Rows.ToArray(), batch.Overwrite, changes.Rows);
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

    /// <summary>Whether something at this place of a log, or after it, is kept already.</summary>
    public Task<bool> HasAppliedAsync(FeedbackOrigin origin) => InTurnAsync(() => Task.FromResult(_state.Applied(origin) > 0));

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
            var changes = ChangesOf(request.Rows.Span[applied..], request.Overwrite, numbers[applied..], request.Now, request.Origin, applied);
            if (IsKept(changes) || IsPassed(request.Origin, request.Rows.Length - applied))
            {
                var write = Prepare(changes, request.Overwrite, request.Now, request.Origin);
                _services.Commits.Add(new LocalCommit(this, write, FrameOf(write.Operation), changes.Rows, request));
                return true;
            }

            Tell(request, changes.Rows);
            request.Receipt.Recorded(request.Group, changes.Rows);
        }
        catch (Exception exception)
        {
            // Nothing was written; whoever asked is told, and the next has its turn.
            request.Receipt.Failed(request.Group, exception);
        }

        return false;
    }

    private FeedbackChanges ChangesOf(ReadOnlySpan<Feedback> rows, bool overwrite, ReadOnlySpan<int> numbers, DateTime now, FeedbackOrigin? origin, int applied) =>
        UserFeedback.Changes(_state.History, _state.Names, rows, overwrite, numbers, now, _services.RepetitionWindow, origin?.Times, applied);

    // Names alone make nobody of who is nobody, such as a user that was merged away.
    private bool IsKept(in FeedbackChanges changes) => changes.Events.Length > 0 || (changes.Idle.Length > 0 && _state.Exists);

    // Rows that change nothing pass a place in their log all the same: only the position knows them once their names are
    // forgotten. An id that was merged away is nobody, and is not made somebody by that.
    private bool IsPassed(FeedbackOrigin? origin, int rows) => origin is not null && rows > 0 && _state.Exists;

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
            IdleNames = changes.Idle,
            RecordedMs = new DateTimeOffset(now).ToUnixTimeMilliseconds(),
            Position = LogPosition.After(origin),
        };
        return new PreparedWrite(operation, indexes, changes.Met);
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

    private void Apply(PreparedWrite write)
    {
        // The view, and the list with it, goes with the write.
        _services.Quality.Follow(_view?.Ranking, write.Met);
        Apply(write.Operation);
        _services.Deltas.Add(Tenant, _state.History, write.Met, _replica.Model.RuleReach);
    }

    // What a request's thread asked for while somebody else had the turn.
    internal readonly record struct LocalRequest(ReadOnlyMemory<Feedback> Rows, bool Overwrite, FeedbackOrigin? Origin, DateTime Now, IFeedbackReceipt Receipt, int Group);

    // What is about to be written: the operation, the enumerations that the user is not in yet, and the events to count.
    private sealed record PreparedWrite(UserOperation Operation, RedisKey[] Indexes, (FeedbackEvent Event, string Comment)[] Met);

    private bool IsTold(FeedbackOrigin? origin) => origin is null && _services.Events.WantsFeedback;

    private void Tell(in LocalRequest request, int changed)
    {
        if (IsTold(request.Origin))
        {
            _services.Events.FeedbackAccepted(Tenant, _id, request.Rows, request.Overwrite, changed);
        }
    }
}
