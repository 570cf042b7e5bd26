using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>
/// Records feedback of many users: right here where a user is active on this silo, else by one call to the user's
/// grain.
/// </summary>
internal sealed class FeedbackWrite(TenantGrains grains, TimeProvider clock, LocalFeedback? local = null)
{
    /// <summary>Records rows that were checked before.</summary>
    /// <param name="rows">The rows, of any users.</param>
    /// <param name="overwrite">See <see cref="FeedbackBatch.Overwrite"/>.</param>
    /// <param name="origin">See <see cref="FeedbackBatch.Origin"/>; place by place of all rows.</param>
    /// <returns>How many rows changed something.</returns>
    /// <exception cref="Problems.InterruptedBatchException">The store stopped confirming part of the way.</exception>
    public Task<int> RecordAsync(IReadOnlyList<Feedback> rows, bool overwrite, FeedbackOrigin? origin = null)
    {
        if (rows.Count == 0)
        {
            return Task.FromResult(0);
        }

        var groups = UserGroups.Of(rows);
        var batch = new BatchProgress("users", groups.Count, groups.RowsOf);
        List<int>? left = null;
        var now = clock.GetUtcNow().UtcDateTime;
        var receipt = local is null ? null : new Receipt(this, batch, groups, overwrite, origin);
        try
        {
            for (var group = 0; group < groups.Count; group++)
            {
                if (receipt is null || !local!.TryRecord(TenantGrains.Tenant, groups.Rows(group), overwrite, groups.Origin(group, origin), now, receipt, group))
                {
                    (left ??= []).Add(group);
                }
            }
        }
        finally
        {
            local?.Send();
        }

        if (left is not null)
        {
            BatchWrite.Start(left, batch, group => RecordByGrainAsync(groups, group, overwrite, origin));
        }

        return batch.Completion;
    }

    private async Task<int> RecordByGrainAsync(UserGroups groups, int group, bool overwrite, FeedbackOrigin? origin)
    {
        try
        {
            var rows = groups.Rows(group);
            return await GrainCall.WriteAsync(
                (Grain: grains.User(rows[0].UserId), Batch: new FeedbackBatch { Rows = rows, Overwrite = overwrite, Origin = groups.Origin(group, origin) }),
                static call => call.Grain.RecordAsync(call.Batch),
                isRepeatable: overwrite || origin is not null || rows.All(row => row.Timestamp is not null || row.EventId is not null));
        }
        catch (Exception exception) when (exception is InvalidFeedbackException or EventIdReusedException)
        {
            throw InRequest(groups, group, exception);
        }
    }

    // A user's index counts within the user's rows, the caller within the request's.
    private static Exception InRequest(UserGroups groups, int group, Exception exception) => exception switch
    {
        InvalidFeedbackException e => new InvalidFeedbackException(groups.IndexOf(group, e.Index), e.Field, e.Rule),
        EventIdReusedException e => new EventIdReusedException(groups.IndexOf(group, e.Index), e.UserId),
        _ => exception,
    };

    private sealed class Receipt(FeedbackWrite writes, BatchProgress batch, UserGroups groups, bool overwrite, FeedbackOrigin? origin) : IFeedbackReceipt
    {
        public void Recorded(int group, int changed) => batch.Kept(group, changed);

        // Not as a part of whatever grain has declined it.
        public void Declined(int group) =>
            Task.Run(() => BatchWrite.Start([group], batch, g => writes.RecordByGrainAsync(groups, g, overwrite, origin)));

        public void Failed(int group, Exception exception) => batch.Fail(InRequest(groups, group, exception));
    }
}
