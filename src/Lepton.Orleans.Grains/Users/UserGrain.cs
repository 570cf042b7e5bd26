using Lepton.Orleans.Grains.Placement;
using Lepton.Orleans.Grains.Recommendations;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Grains.Upkeep;

namespace Lepton.Orleans.Grains.Users;

/// <inheritdoc cref="IUserGrain" />
/// <remarks>The state is an <see cref="ActiveUser"/>, which this silo can also write to without a call.</remarks>
[HostedBy(SiloRoles.Users), KeyPlacement]
internal sealed class UserGrain : Grain, IUserGrain, IUserHistoryGrain, IUserUpkeepGrain, IUserMergeGrain, IUserRestoreGrain
{
    // Who asked for an erasure that takes longer may have gone by then.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    // And asks again within some retries, or means another life of the id.
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);

    private readonly ActiveUser _user;
    private LateReceipt? _lateReceipt;

    public UserGrain(UserServices services) => _user = new ActiveUser(this.GetPrimaryKeyString(), this, services);

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _user.CloseAsync();

    public Task<User?> GetAsync() => _user.GetAsync();

    public Task PutAsync(User user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return _user.PutAsync(user);
    }

    public Task<bool> PatchAsync(UserPatch patch)
    {
        ArgumentNullException.ThrowIfNull(patch);
        return _user.PatchAsync(patch);
    }

    public async Task<ErasureReceipt> EraseAsync()
    {
        var began = _user.Clock.GetUtcNow();
        var erased = await _user.EraseAsync();

        // Not in the user's turn, which the lists may be waiting for.
        var lists = await GrainFactory.GetGrain<ICachedListsGrain>(this.GetPrimaryKeyString()).ForgetAsync();
        var receipt = erased with { CachedLists = erased.CachedLists + lists };
        var now = _user.Clock.GetUtcNow();
        if (!receipt.Found)
        {
            return _lateReceipt is { } late && now - late.At < Remembered ? late.Receipt : receipt;
        }

        _lateReceipt = now - began < Patience ? null : new LateReceipt(receipt, now);
        return receipt;
    }

    public async Task<bool> EraseAtAsync(FeedbackOrigin origin)
    {
        ArgumentNullException.ThrowIfNull(origin);
        return !await _user.HasAppliedAsync(origin) && (await EraseAsync()).Found;
    }

    public Task<int> RecordAsync(FeedbackBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return _user.RecordAsync(batch);
    }

    public Task<Page<Feedback>> GetFeedbackAsync(FeedbackQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _user.GetFeedbackAsync(query);
    }

    public Task<int> DeleteFeedbackAsync(string itemId, string? feedbackType) => _user.DeleteFeedbackAsync(itemId, feedbackType);

    public Task<IReadOnlyList<ScoredId>> GetNeighborsAsync(int count, int offset) => _user.GetNeighborsAsync(count, offset);

    public Task<UserMend> MendAsync(int[] items) => _user.MendAsync(items);

    public Task<UserView?> GetViewAsync(long knownVersion) => _user.GetViewAsync(knownVersion);

    public Task<int> MergeIntoAsync(string into)
    {
        ArgumentNullException.ThrowIfNull(into);
        return _user.MergeIntoAsync(into);
    }

    public Task<MergeTarget> FindMergeAsync(string from) => _user.FindMergeAsync(from);

    public Task<int?> AbsorbAsync(byte[] frame) => _user.AbsorbAsync(frame);

    public Task FinishMergeAsync() => _user.FinishMergeAsync();

    public Task ForgetMergeAsync(string into) => _user.ForgetMergeAsync(into);

    public Task<string?> ForgetArrivalAsync(string from) => _user.ForgetArrivalAsync(from);

    public Task RestoreAsync(byte[] snapshot) => _user.RestoreAsync(snapshot);

    public Task RemoveRestoredAsync(long leftAt) => _user.RemoveRestoredAsync(leftAt);

    private sealed record LateReceipt(ErasureReceipt Receipt, DateTimeOffset At);
}
