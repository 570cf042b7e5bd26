using Lepton.Orleans.Grains.Placement;

namespace Lepton.Orleans.Grains.Users;

/// <inheritdoc cref="IUserGrain" />
/// <remarks>The state is an <see cref="ActiveUser"/>, which this silo can also write to without a call.</remarks>
[BesideUserPlacement]
internal sealed class UserGrain : Grain, IUserGrain, IUserHistoryGrain
{
    private readonly ActiveUser _user;

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

    public Task<bool> DeleteAsync() => _user.DeleteAsync();

    public Task<bool> EraseAsync(FeedbackOrigin origin)
    {
        ArgumentNullException.ThrowIfNull(origin);
        return _user.EraseAsync(origin);
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

    public Task<UserView?> GetViewAsync(long knownVersion) => _user.GetViewAsync(knownVersion);
}
