using System.Text;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;
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

    /// <summary>What the user goes by.</summary>
    public TimeProvider Clock => _services.Clock;

    private string Tenant => _replica.Tenant;

    private RedisKey UserIndex => StoreKeys.UserIndex(Tenant, StoreKeys.Bucket(_id));

    /// <summary>The record, as errors name it.</summary>
    public override string ToString() => StoreKeys.UserRecord(LeptonKey.For(Tenant, _id));

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

    /// <inheritdoc cref="IUserHistoryGrain.GetViewAsync" />
    public async Task<UserView?> GetViewAsync(long knownVersion)
    {
        var view = await ViewAsync();
        return view.Version == knownVersion ? null : view;
    }

    /// <inheritdoc cref="IUserGrain.GetNeighborsAsync" />
    public async Task<IReadOnlyList<ScoredId>> GetNeighborsAsync(int count, int offset) =>
        await _services.Neighbors.FindAsync(Tenant, _id, (await ViewAsync()).Memory, count, offset);

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

    private async Task OpenAsync()
    {
        var (fence, record) = await _services.Records.OpenAsync(_record);
        _state = UserState.Read(record);
        await MendIndexAsync(record);
        (_snapshotBytes, _journalBytes) = (record.Snapshot.Length, record.Journal.Sum(f => f.Length));
        Change(() => _fence = fence);
        _services.Local.Add(Tenant, _id, this);
    }

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

    private async Task<UserView> ViewAsync() => View ?? await InTurnAsync(() => Task.FromResult(View!));

    private long NextVersion() => Math.Max(_state.Version + 1, _state.Exists ? 0 : _services.Clock.GetUtcNow().ToUnixTimeMilliseconds());

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
}
