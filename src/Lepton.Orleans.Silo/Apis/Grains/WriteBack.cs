using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Silo.Security;

namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>Records the places of a list as feedback before the list is sent, so that the next one differs.</summary>
internal sealed class WriteBack(TenantGrains grains, FeedbackWrite writes, ApiKeyRing keys, TimeProvider clock)
{
    /// <summary>Refuses a caller who may not write: the request is a write in all but its method.</summary>
    /// <exception cref="AccessDeniedException">The caller may not.</exception>
    public void DemandRole(HttpContext context) => keys.Demand(context, ApiRole.Write);

    /// <summary>Records the places.</summary>
    /// <param name="userId">Whose list it is.</param>
    /// <param name="itemIds">The items of the list.</param>
    /// <param name="feedbackType">The type to record.</param>
    /// <param name="delay">How far ahead of the clock the feedback is dated.</param>
    public Task RecordAsync(string userId, IReadOnlyList<string> itemIds, string feedbackType, TimeSpan delay)
    {
        // Now is what the clock says of the silo that has the user, and no list shows again what nobody dated.
        DateTime? timestamp = delay > TimeSpan.Zero ? clock.GetUtcNow().UtcDateTime + delay : null;
        var rows = new List<Feedback>(itemIds.Count);
        foreach (var itemId in itemIds)
        {
            rows.Add(new Feedback { FeedbackType = feedbackType, UserId = userId, ItemId = itemId, Timestamp = timestamp });
        }

        // Until its time has come the item stays in the list: who asks again in the meantime adds nothing.
        return delay <= TimeSpan.Zero || rows.Count == 0
            ? writes.RecordAsync(rows, overwrite: false)
            : GrainCall.WriteAsync(
                (User: grains.User(userId), Batch: new FeedbackBatch { Rows = rows, UnlessAhead = true }), static call => call.User.RecordAsync(call.Batch), isRepeatable: true);
    }
}
