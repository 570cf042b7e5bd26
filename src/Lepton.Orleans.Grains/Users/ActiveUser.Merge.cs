using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Users;

// Merging: see IUserMergeGrain. What a crash can leave is a departure whose events have arrived or not; whoever brings them
// again finds out which.
internal sealed partial class ActiveUser
{
    private const int MaxHandedOn = 16;

    /// <inheritdoc cref="IUserGrain.MergeIntoAsync" />
    public async Task<int> MergeIntoAsync(string into)
    {
        if (into == _id)
        {
            throw new InvalidIdException(nameof(into), into, "must be another user than the one that goes");
        }

        await FinishMergeAsync();
        if (await InTurnAsync(() => Task.FromResult(_state.Exists ? null : _state.Departure)) is { } before)
        {
            return before.Into == into ? before.Rows ?? await FinishMergeAsync() : throw new UnknownUserException(_id, before.Into);
        }

        var other = await MergeGrain(into).FindMergeAsync(_id);
        var begun = await InTurnAsync(async () =>
        {
            if (_state.Exists && other.Exists)
            {
                _services.Gate.Demand(Tenant);
                var operation = new UserOperation { Kind = UserOperation.OperationKind.Leave, Version = NextVersion(), Other = into };
                await GuardAsync(AppendAsync(operation, []));
                Apply(operation);
            }

            // Somebody else may have begun meanwhile.
            return _state.Exists ? null : _state.Departure;
        });
        if (begun is not null)
        {
            return begun.Into == into ? begun.Rows ?? await FinishMergeAsync() : throw new UnknownUserException(_id, begun.Into);
        }

        return other.Exists ? other.Rows ?? throw new UnknownUserException(_id, null) : throw new UnknownUserException(into, other.GoneInto);
    }

    /// <inheritdoc cref="IUserMergeGrain.FindMergeAsync" />
    public Task<MergeTarget> FindMergeAsync(string from) =>
        InTurnAsync(() => Task.FromResult(new MergeTarget(_state.Exists, _state.Departure?.Into, ArrivalOf(from)?.Rows)));

    /// <inheritdoc cref="IUserMergeGrain.AbsorbAsync" />
    public async Task<int?> AbsorbAsync(byte[] frame)
    {
        var brought = UserOperation.Read(frame);
        var (rows, goneInto) = await InTurnAsync(() => AbsorbInTurnAsync(brought));
        return goneInto is null ? rows : await MergeGrain(goneInto).AbsorbAsync((brought with { Version = brought.Version + 1 }).ToFrame());
    }

    /// <inheritdoc cref="IUserMergeGrain.FinishMergeAsync" />
    /// <returns>How many events the other has added; 0 where no merge was under way.</returns>
    public async Task<int> FinishMergeAsync()
    {
        var departure = await InTurnAsync(() => Task.FromResult(_state.PendingDeparture));
        if (departure is null)
        {
            return 0;
        }

        var rows = await MergeGrain(departure.Into).AbsorbAsync(Bring(departure));
        return await InTurnAsync(async () =>
        {
            if (_state.PendingDeparture is { } pending && pending.Version == departure.Version)
            {
                // Where the other was erased, that goes for this as well.
                await (rows is null ? UncountAsync(pending.Events, () => LetGoAsync(pending, null)) : LetGoAsync(pending, rows));
            }

            return rows ?? 0;
        });
    }

    /// <inheritdoc cref="IUserMergeGrain.ForgetMergeAsync" />
    public async Task ForgetMergeAsync(string into)
    {
        // The other has what left, and whoever brought it may not have heard of that yet.
        if (await InTurnAsync(() => Task.FromResult(_state.PendingDeparture?.Into == into)))
        {
            await FinishMergeAsync();
        }

        await InTurnAsync(async () =>
        {
            if (_state.Departure is { IsPending: false } departure && departure.Into == into)
            {
                await DropDepartureAsync();
            }

            return true;
        });
    }

    /// <inheritdoc cref="IUserMergeGrain.ForgetArrivalAsync" />
    public Task<string?> ForgetArrivalAsync(string from) => InTurnAsync(async () =>
    {
        if (!_state.ForgetArrival(from))
        {
            return _state.Departure?.Into;
        }

        // By a snapshot and no frame: the journal names the other too.
        await GuardAsync(SaveAsync());
        return null;
    });

    // How many events are added; or whom this user has followed meanwhile, who is to have them as well. Two who are merged into
    // each other at once would hand them on for ever: where they have come that far, they stay.
    private async Task<(int? Rows, string? GoneInto)> AbsorbInTurnAsync(UserOperation brought)
    {
        if (ArrivalOf(brought.Other) is { } known && known.LeftAt >= brought.LeftAt)
        {
            return (known.Rows, null);
        }

        if (_state.Version == 0)
        {
            return (null, null);
        }

        if (!_state.Exists && _state.Departure is { } departure && brought.Version < MaxHandedOn)
        {
            return (null, departure.Into);
        }

        var operation = brought with
        {
            Version = NextVersion(),
            Events = Array.FindAll(brought.Events, e => !_replica.Catalog.IsDeleted(e.Event.Item) && !(e.Event.IsExplicit && _state.History.Contains(e.Event))),
        };

        // Nothing is counted: it was when the other recorded it. A backup that has been here already comes again.
        await _services.Indexes.DropAsync(StoreKeys.MergedIndex(Tenant, Today + 1));
        await GuardAsync(AppendAsync(operation, [.. IndexesFor(operation.Events), StoreKeys.MergedIndex(Tenant, Today)]));
        Apply(operation);
        await FoldWhenDueAsync();
        return (operation.Events.Length, null);
    }

    // The record after the entries that it names: whoever repeats what was cut off still finds them.
    private async Task LetGoAsync(UserDeparture departure, int? rows)
    {
        await RemoveItemEntriesAsync(departure.Events.DistinctItems().Where(item => !_state.History.Mentions(item)));
        if (!_state.Exists)
        {
            await _services.Indexes.RemoveAsync(UserIndex, _id);
        }

        if (rows is null)
        {
            await DropDepartureAsync();
            return;
        }

        var operation = new UserOperation
        {
            Kind = UserOperation.OperationKind.Arrive, Version = NextVersion(), LeftAt = departure.Version, Rows = rows.Value,
        };
        await GuardAsync(AppendAsync(operation, []));
        Apply(operation);
        await FoldAsync();
    }

    // By a snapshot and no frame: the journal names the other too.
    private async Task DropDepartureAsync()
    {
        if (_state.Exists)
        {
            _state.ForgetDeparture();
            await GuardAsync(SaveAsync());
        }
        else
        {
            await RemoveRecordAsync();
        }
    }

    // What others were merged into is being erased: where they are gone to is then nobody's to know.
    private async Task ForgetArrivalsAsync(HashSet<(string From, long LeftAt)> forgotten)
    {
        var others = await InTurnAsync(() => Task.FromResult(_state.Arrivals?.Select(arrival => (From: arrival.Key, arrival.Value.LeftAt)).Except(forgotten).ToArray() ?? []));
        await Task.WhenAll(others.Select(other => MergeGrain(other.From).ForgetMergeAsync(_id)));
        forgotten.UnionWith(others);
    }

    // This user is being erased: who has what it had, here or further on, is not to name it.
    private async Task ForgetDepartureAsync()
    {
        var into = await InTurnAsync(() => Task.FromResult(_state.Departure?.Into));
        for (var others = 0; into is not null && others <= MaxHandedOn; others++)
        {
            into = await MergeGrain(into).ForgetArrivalAsync(_id);
        }
    }

    // Which index of merges is being filled.
    private long Today => _services.Clock.GetUtcNow().ToUnixTimeSeconds() / (24 * 60 * 60);

    private UserArrival? ArrivalOf(string other) =>
        _state.Arrivals is { } arrivals && arrivals.TryGetValue(other, out var arrival) ? arrival : null;

    private byte[] Bring(UserDeparture departure)
    {
        var events = departure.Events;
        var brought = new (FeedbackEvent Event, string Comment)[events.Count];
        for (var i = 0; i < brought.Length; i++)
        {
            brought[i] = (events.Events[i], events.CommentOf(events.Events[i].Type, events.Events[i].Item));
        }

        return new UserOperation
        {
            Kind = UserOperation.OperationKind.Absorb,
            Version = 0,
            Other = _id,
            LeftAt = departure.Version,
            Events = brought,
            KnownNames = departure.Names,
        }.ToFrame();
    }

    private IUserMergeGrain MergeGrain(string id) => _services.Grains.GetGrain<IUserMergeGrain>(LeptonKey.For(Tenant, id));
}
