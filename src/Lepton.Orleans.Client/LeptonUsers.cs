using Lepton.Orleans.Client.Calls;

namespace Lepton.Orleans.Client;

/// <summary>The users' profiles. What calls throw: see <see cref="LeptonClient"/>.</summary>
public sealed class LeptonUsers
{
    private readonly TenantCalls _calls;

    internal LeptonUsers(TenantCalls calls) => _calls = calls;

    /// <summary>The profile of a user, or <see langword="null"/> for a user nobody has mentioned yet.</summary>
    public Task<User?> GetAsync(string userId, CancellationToken cancellationToken = default) =>
        _calls.ReadAsync(_calls.User(userId), static user => user.GetAsync(), cancellationToken);

    /// <summary>Creates a user or overwrites its profile; feedback stays.</summary>
    public Task PutAsync(User user, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(user);
        return _calls.RepeatAsync(_calls.User(user.UserId), async grain =>
        {
            await grain.PutAsync(user);
            return true;
        }, cancellationToken);
    }

    /// <summary>Changes a profile.</summary>
    /// <returns>False: there is no such user.</returns>
    public Task<bool> PatchAsync(string userId, UserPatch patch, CancellationToken cancellationToken = default) =>
        _calls.RepeatAsync(_calls.User(userId), user => user.PatchAsync(patch), cancellationToken);

    /// <summary>
    /// Removes a user with everything it did, and says what was removed. Not made again by itself once a silo had it, because
    /// the receipt would be another one; asking again finishes what was cut off.
    /// </summary>
    public Task<ErasureReceipt> EraseAsync(string userId, CancellationToken cancellationToken = default) =>
        _calls.WriteOnceAsync(_calls.User(userId), static user => user.EraseAsync(), cancellationToken);

    /// <summary>Merges a user, such as an anonymous one who has signed in, into another: see <see cref="IUserGrain.MergeIntoAsync"/>.</summary>
    /// <param name="from">Who is gone afterwards.</param>
    /// <param name="into">Who has the feedback of both.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many events came.</returns>
    /// <exception cref="UnknownUserException">One of the two does not exist, or was merged into somebody else.</exception>
    public Task<int> MergeAsync(string from, string into, CancellationToken cancellationToken = default) =>
        _calls.RepeatAsync(_calls.User(from), user => user.MergeIntoAsync(into), cancellationToken);

    /// <summary>All users, in an order that stays; each once while writes go on.</summary>
    public IAsyncEnumerable<User> ListAsync(CancellationToken cancellationToken = default) =>
        Pages.AllAsync(cursor => _calls.ReadAsync(_calls.Everyone, everyone => everyone.ListUsersAsync(Pages.Size, cursor), cancellationToken), cancellationToken);
}
