namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>Records feedback of many users: one call to each user's grain.</summary>
internal sealed class FeedbackWrite(TenantGrains grains)
{
    /// <summary>Records rows that were checked before.</summary>
    /// <param name="rows">The rows, of any users.</param>
    /// <param name="overwrite">See <see cref="FeedbackBatch.Overwrite"/>.</param>
    /// <returns>How many rows changed something.</returns>
    /// <exception cref="Problems.InterruptedBatchException">The store stopped confirming part of the way.</exception>
    public Task<int> RecordAsync(List<Feedback> rows, bool overwrite)
    {
        if (rows.Count == 0)
        {
            return Task.FromResult(0);
        }

        List<List<Feedback>> groups = IsOneUser(rows) ? [rows] : GroupByUser(rows);
        return BatchWrite.RunAsync(groups, "users", static group => group.Count, group => RecordUserAsync(rows, group, overwrite));
    }

    private async Task<int> RecordUserAsync(List<Feedback> rows, List<Feedback> group, bool overwrite)
    {
        try
        {
            return await GrainCall.WriteAsync(
                (Grain: grains.User(group[0].UserId), Batch: new FeedbackBatch { Rows = group, Overwrite = overwrite }),
                static call => call.Grain.RecordAsync(call.Batch));
        }
        catch (InvalidFeedbackException exception)
        {
            // The grain counts within its user's rows, the caller within the request's.
            var row = rows.FindIndex(candidate => ReferenceEquals(candidate, group[exception.Index]));
            throw new InvalidFeedbackException(row, exception.Field, exception.Rule);
        }
    }

    private static bool IsOneUser(List<Feedback> rows)
    {
        for (var i = 1; i < rows.Count; i++)
        {
            if (rows[i].UserId != rows[0].UserId)
            {
                return false;
            }
        }

        return true;
    }

    private static List<List<Feedback>> GroupByUser(List<Feedback> rows)
    {
        var groups = new List<List<Feedback>>();
        var indexes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            if (!indexes.TryGetValue(row.UserId, out var index))
            {
                index = groups.Count;
                indexes.Add(row.UserId, index);
                groups.Add([]);
            }

            groups[index].Add(row);
        }

        return groups;
    }
}
