using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// Feedback of the users whose grains are active on this silo: recorded in this silo's memory and the store, without a call.
/// </summary>
public sealed class LocalFeedback
{
    private readonly LocalUsers _users;
    private readonly GroupCommit _commits;

    internal LocalFeedback(LocalUsers users, GroupCommit commits) => (_users, _commits) = (users, commits);

    /// <summary>Sends what <see cref="TryRecord"/> has begun since; nothing is written before.</summary>
    public void Send() => _commits.Send();

    /// <summary>Begins to record rows of one user, to be followed by <see cref="Send"/>.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="rows">The rows, which obey <see cref="FeedbackRules"/> and are not changed any more.</param>
    /// <param name="overwrite">See <see cref="FeedbackBatch.Overwrite"/>.</param>
    /// <param name="origin">See <see cref="FeedbackBatch.Origin"/>.</param>
    /// <param name="now">The time of rows without one.</param>
    /// <param name="receipt">Is told how it ended.</param>
    /// <param name="group">What to call it.</param>
    /// <returns>False: the user is not active here or too busy, or a row names something new; nothing was done, and its grain is to be asked.</returns>
    public bool TryRecord(string tenant, ReadOnlyMemory<Feedback> rows, bool overwrite, FeedbackOrigin? origin, DateTime now, IFeedbackReceipt receipt, int group) =>
        !_commits.IsCrowded
        && _users.Find(tenant, rows.Span[0].UserId) is { } user
        && user.TryRecord(rows, overwrite, origin, now, receipt, group);
}
