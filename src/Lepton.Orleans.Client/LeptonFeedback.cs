using Lepton.Orleans.Client.Calls;

namespace Lepton.Orleans.Client;

/// <summary>What users did. What calls throw: see <see cref="LeptonClient"/>.</summary>
public sealed class LeptonFeedback
{
    private readonly TenantCalls _calls;
    private readonly TimeProvider _clock;

    internal LeptonFeedback(TenantCalls calls, TimeProvider clock) => (_calls, _clock) = (calls, clock);

    /// <summary>
    /// Records feedback of any users: it is on disk when the task completes, and the users' next lists are ranked with it. A row
    /// with neither <see cref="Feedback.Timestamp"/> nor <see cref="Feedback.EventId"/> is given a name first, so that it counts
    /// once, however often it has to be sent.
    /// </summary>
    /// <param name="rows">What users did, each user's in its order.</param>
    /// <param name="overwrite">Whether they replace what is there, instead of being added to it.</param>
    /// <param name="cancellationToken">Ends the wait; rows may have been kept.</param>
    /// <returns>
    /// How many rows changed something, now or when they first came under their <see cref="Feedback.EventId"/>; those that were known
    /// otherwise are not counted.
    /// </returns>
    /// <exception cref="InvalidFeedbackException">A row breaks a rule; none was kept.</exception>
    /// <exception cref="EventIdReusedException">A name was used before for another feedback of the one user whose rows these are; none was kept.</exception>
    /// <exception cref="FeedbackUnconfirmedException">
    /// The service did not confirm all of it for <see cref="LeptonClientOptions.Patience"/>; or it refused a row, as the inner exception says, and
    /// rows of other users may have been kept.
    /// </exception>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public async Task<int> RecordAsync(IReadOnlyList<Feedback> rows, bool overwrite = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Check(rows);
        if (rows.Count == 0)
        {
            return 0;
        }

        var named = overwrite ? rows : [.. rows.Select(FeedbackCall.Named)];
        var (groups, rowsKept) = (UserGroups.Of(named), 0);
        try
        {
            return await BatchWrite.RunAsync(
                [.. Enumerable.Range(0, groups.Count)],
                "users",
                groups.RowsOf,
                async group =>
                {
                    var changed = await FeedbackCall.RecordAsync(
                        _calls.User(groups.Rows(group)[0].UserId), groups, group, overwrite, origin: null, _calls.Patience, cancellationToken);
                    Interlocked.Add(ref rowsKept, groups.RowsOf(group));
                    return changed;
                });
        }
        catch (InterruptedBatchException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new FeedbackUnconfirmedException(named, overwrite, exception.RowsKept, exception.InnerException!);
        }
        catch (Exception exception) when (groups.Count > 1 && FeedbackUnconfirmedException.IsRefusal(exception))
        {
            // Others' rows may be there under the names that they were given here.
            throw new FeedbackUnconfirmedException(named, overwrite, rowsKept, exception);
        }
    }

    /// <summary>Feedback of a user, ordered by type and item; an entry for each, with the values added and the earliest time.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="feedbackType">Only this type; <see langword="null"/> for all.</param>
    /// <param name="itemId">Only on this item; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public IAsyncEnumerable<Feedback> ListAsync(string userId, string? feedbackType = null, string? itemId = null, CancellationToken cancellationToken = default)
    {
        var user = _calls.User(userId);
        var query = new FeedbackQuery { FeedbackType = feedbackType, ItemId = itemId, Count = Pages.Size };
        return Pages.AllAsync(cursor => _calls.ReadAsync(user, grain => grain.GetFeedbackAsync(query with { Cursor = cursor }), cancellationToken), cancellationToken);
    }

    /// <summary>Feedback of all users on an item, ordered by user and type.</summary>
    /// <param name="itemId">The item.</param>
    /// <param name="feedbackType">Only this type; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public IAsyncEnumerable<Feedback> ListOnItemAsync(string itemId, string? feedbackType = null, CancellationToken cancellationToken = default)
    {
        InvalidIdException.ThrowIfInvalid(itemId, nameof(Item.ItemId));
        return Pages.AllAsync(
            cursor => _calls.ReadAsync(_calls.Everyone, everyone => everyone.ListItemFeedbackAsync(itemId, feedbackType, Pages.Size, cursor), cancellationToken),
            cancellationToken);
    }

    /// <summary>Removes feedback of a user on an item. Not made again by itself once a silo had it, because it would find nothing.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="itemId">The item.</param>
    /// <param name="feedbackType">Only this type; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Ends the wait; it may have been removed.</param>
    /// <returns>How many entries (types) were removed.</returns>
    public Task<int> DeleteAsync(string userId, string itemId, string? feedbackType = null, CancellationToken cancellationToken = default) =>
        _calls.WriteOnceAsync(_calls.User(userId), user => user.DeleteFeedbackAsync(itemId, feedbackType), cancellationToken);

    private void Check(IReadOnlyList<Feedback> rows)
    {
        var now = _clock.GetUtcNow().UtcDateTime;
        for (var row = 0; row < rows.Count; row++)
        {
            if (FeedbackRules.Violation(rows[row], now) is { } violation)
            {
                throw new InvalidFeedbackException(row, violation.Field, violation.Rule);
            }
        }
    }
}
