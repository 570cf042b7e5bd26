namespace Lepton.Orleans.Client.Calls;

/// <summary>Records the rows of one user, as a group of a batch.</summary>
internal static class FeedbackCall
{
    /// <summary>Records a group by a call to its user's grain.</summary>
    /// <param name="user">The grain.</param>
    /// <param name="groups">The batch.</param>
    /// <param name="group">Which group of it.</param>
    /// <param name="overwrite">See <see cref="FeedbackBatch.Overwrite"/>.</param>
    /// <param name="origin">See <see cref="FeedbackBatch.Origin"/>; place by place of all rows.</param>
    /// <param name="patience">For how long; without it, as a silo's edge does.</param>
    /// <param name="cancellationToken">Ends the wait; the rows may have been kept.</param>
    /// <returns>How many rows changed something.</returns>
    public static async Task<int> RecordAsync(
        IUserGrain user, UserGroups groups, int group, bool overwrite, FeedbackOrigin? origin, CallPatience? patience = null, CancellationToken cancellationToken = default)
    {
        try
        {
            var rows = groups.Rows(group);
            return await GrainCall.WriteAsync(
                (User: user, Batch: new FeedbackBatch { Rows = rows, Overwrite = overwrite, Origin = groups.Origin(group, origin) }),
                static call => call.User.RecordAsync(call.Batch),
                isRepeatable: overwrite || origin is not null || rows.All(row => row.Timestamp is not null || row.EventId is not null),
                patience,
                cancellationToken);
        }
        catch (Exception exception) when (exception is InvalidFeedbackException or EventIdReusedException)
        {
            throw InBatch(groups, group, exception);
        }
    }

    /// <summary>A row that may be sent twice: with a name of its own, where it has neither a name nor a time.</summary>
    public static Feedback Named(Feedback row) =>
        row.Timestamp is null && row.EventId is null ? row with { EventId = Guid.CreateVersion7().ToString("N") } : row;

    /// <summary>What is wrong with a row, told by its index in the batch: a user's grain counts within the user's rows.</summary>
    public static Exception InBatch(UserGroups groups, int group, Exception exception) => exception switch
    {
        InvalidFeedbackException e => new InvalidFeedbackException(groups.IndexOf(group, e.Index), e.Field, e.Rule),
        EventIdReusedException e => new EventIdReusedException(groups.IndexOf(group, e.Index), e.UserId),
        _ => exception,
    };
}
