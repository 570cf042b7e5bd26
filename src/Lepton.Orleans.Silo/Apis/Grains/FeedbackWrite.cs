using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>
/// Records feedback of many users: right here where a user is active on this silo, else by one call to the user's
/// grain. Where that grain may be on another silo, which may die over the call, rows are named first: then the call can be
/// made again, and what was kept already counts once.
/// </summary>
internal sealed class FeedbackWrite(TenantGrains grains, TimeProvider clock, LocalFeedback? local = null, RoleMap? silos = null)
{
    /// <summary>Records rows that were checked before.</summary>
    /// <param name="rows">The rows, of any users.</param>
    /// <param name="overwrite">See <see cref="FeedbackBatch.Overwrite"/>.</param>
    /// <param name="origin">See <see cref="FeedbackBatch.Origin"/>; place by place of all rows.</param>
    /// <returns>How many rows changed something.</returns>
    /// <exception cref="InvalidFeedbackException">The rows bring too many types; nothing was written.</exception>
    /// <exception cref="InterruptedBatchException">The store stopped confirming part of the way.</exception>
    public Task<int> RecordAsync(IReadOnlyList<Feedback> rows, bool overwrite, FeedbackOrigin? origin = null)
    {
        if (rows.Count == 0)
        {
            return Task.FromResult(0);
        }

        FeedbackTypes.Admit(rows);
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

    private Task<int> RecordByGrainAsync(UserGroups groups, int group, bool overwrite, FeedbackOrigin? origin)
    {
        if (!overwrite && origin is null && silos is { IsAlone: false })
        {
            groups.Name(group);
        }

        return FeedbackCall.RecordAsync(grains.User(groups.Rows(group)[0].UserId), groups, group, overwrite, origin);
    }

    private sealed class Receipt(FeedbackWrite writes, BatchProgress batch, UserGroups groups, bool overwrite, FeedbackOrigin? origin) : IFeedbackReceipt
    {
        public void Recorded(int group, int changed) => batch.Kept(group, changed);

        // Not as a part of whatever grain has declined it.
        public void Declined(int group) =>
            Task.Run(() => BatchWrite.Start([group], batch, g => writes.RecordByGrainAsync(groups, g, overwrite, origin)));

        public void Failed(int group, Exception exception) => batch.Fail(FeedbackCall.InBatch(groups, group, exception));
    }
}
