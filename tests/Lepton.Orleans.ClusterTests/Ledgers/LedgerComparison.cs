using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Ledgers;

/// <summary>Reads everything back, through the cursor and user by user, and holds it against a ledger.</summary>
internal static class LedgerComparison
{
    public static async Task<LedgerReport> CompareAsync(LeptonRestClient client, Ledger ledger, CancellationToken cancellationToken)
    {
        var report = new LedgerReport(ledger);
        var listed = await ListedAsync(client, report, cancellationToken);
        CompareFeedback(ledger, listed, report);
        await CompareUsersOneByOneAsync(client, listed, report, cancellationToken);
        Compare("user", ledger.Users, await client.AllUsersAsync(cancellationToken).ToListAsync(cancellationToken), row => row.UserId, (a, b) => a == b, report);
        Compare("item", ledger.Items, await client.AllItemsAsync(cancellationToken).ToListAsync(cancellationToken), row => row.ItemId, SameItem, report);
        return report;
    }

    private static async Task<Dictionary<FeedbackKey, FeedbackRow>> ListedAsync(LeptonRestClient client, LedgerReport report, CancellationToken cancellationToken)
    {
        var listed = new Dictionary<FeedbackKey, FeedbackRow>();
        await foreach (var row in client.AllFeedbackAsync(cancellationToken))
        {
            if (!listed.TryAdd(row.Key, row))
            {
                report.Doubled.Add($"{row.Key} is listed twice");
            }
        }

        report.Found = listed.Count;
        return listed;
    }

    private static void CompareFeedback(Ledger ledger, Dictionary<FeedbackKey, FeedbackRow> listed, LedgerReport report)
    {
        foreach (var line in ledger.Feedback)
        {
            if (!listed.TryGetValue(line.Row.Key, out var row))
            {
                if (line.IsAcknowledged)
                {
                    report.Lost.Add($"{line.Row.Key} is missing");
                }

                continue;
            }

            if (row.Value < line.Promised)
            {
                report.Lost.Add($"{line.Row.Key} adds up to {row.Value}, acknowledged were {line.Promised}");
            }

            if (row.Value > line.Possible)
            {
                report.Doubled.Add($"{line.Row.Key} adds up to {row.Value}, sent were {line.Possible}");
            }

            if (line.Row.Timestamp is { } timestamp && (row.Timestamp?.ToUniversalTime() != timestamp || row.Comment != line.Row.Comment))
            {
                report.Lost.Add($"{line.Row.Key} reads {row.Timestamp:O} '{row.Comment}', sent was {timestamp:O} '{line.Row.Comment}'");
            }
        }

        report.Strangers.AddRange(listed.Keys.Where(key => !ledger.FeedbackByKey.ContainsKey(key)).Select(key => $"{key} was never sent"));
    }

    /// <summary>The list of all feedback and the list of one user must tell the same.</summary>
    private static async Task CompareUsersOneByOneAsync(LeptonRestClient client, Dictionary<FeedbackKey, FeedbackRow> listed, LedgerReport report, CancellationToken cancellationToken)
    {
        foreach (var user in listed.Values.GroupBy(row => row.UserId))
        {
            var own = await client.FeedbackOfAsync(user.Key, cancellationToken);
            var (expected, actual) = (user.ToHashSet(), own.ToHashSet());
            report.Lost.AddRange(expected.Except(actual).Select(row => $"{row.Key} is in the list of all feedback but not in the user's own"));
            report.Strangers.AddRange(actual.Except(expected).Select(row => $"{row.Key} is in the user's own list but not in that of all feedback"));
            if (own.Count != actual.Count)
            {
                report.Doubled.Add($"{user.Key} has {own.Count - actual.Count} rows twice");
            }
        }
    }

    private static void Compare<T>(string what, IReadOnlyDictionary<string, T> acknowledged, IReadOnlyList<T> found, Func<T, string> id, Func<T, T, bool> same, LedgerReport report)
    {
        var byId = new Dictionary<string, T>();
        foreach (var row in found)
        {
            if (!byId.TryAdd(id(row), row))
            {
                report.Doubled.Add($"{what} {id(row)} is listed twice");
            }
        }

        foreach (var (key, sent) in acknowledged)
        {
            if (!byId.TryGetValue(key, out var row))
            {
                report.Lost.Add($"{what} {key} is missing");
            }
            else if (!same(sent, row))
            {
                report.Lost.Add($"{what} {key} reads {row}, sent was {sent}");
            }
        }
    }

    private static bool SameItem(ItemRow a, ItemRow b) => a.ItemId == b.ItemId && a.Comment == b.Comment && a.Categories.SequenceEqual(b.Categories);
}
