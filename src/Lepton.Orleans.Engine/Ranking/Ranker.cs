using System.Runtime.CompilerServices;
using Lepton.Orleans.Engine.Selection;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// Orders the catalogue for one user. Each source scores its candidates; scores are divided by their deviation over all
/// items, because sources speak in different units, and summed with the model's weights.
/// </summary>
public static partial class Ranker
{
    // Up to a thousand items of rank 64 a scan of everything costs no more than choosing what to look at.
    private const int FullScanLimit = 1 << 16;
    private const int MinimumLookedUp = 256;

    // An eighth fewer than may be looked up are as good, and found in fewer steps.
    private const int Slack = 8;

    /// <summary>
    /// The best items for a history. A list is filled up, below everything personal, with trending, then popular, then the
    /// newest items; without any usable history it consists of these.
    /// </summary>
    /// <param name="model">The sources.</param>
    /// <param name="history">The user's distinct positive items, newest first; numbers outside the model are skipped.</param>
    /// <param name="excluded">Items never to return; repeated and unknown numbers do no harm.</param>
    /// <param name="eligible">A bit per item number, 64 a word; an item whose bit is 0, or beyond the end, is never returned.</param>
    /// <param name="results">Receives the list, best first.</param>
    /// <param name="workspace">Scratch memory, in use by nobody else meanwhile.</param>
    /// <returns>How many places of <paramref name="results"/> were filled: all, unless too few eligible items exist.</returns>
    public static int Rank(
        RankingModel model,
        ReadOnlySpan<int> history,
        ReadOnlySpan<int> excluded,
        ReadOnlySpan<ulong> eligible,
        Span<RankedItem> results,
        RankingWorkspace workspace)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(workspace);
        if (results.IsEmpty)
        {
            return 0;
        }

        workspace.Begin(model.ItemCount, results.Length);
        try
        {
            workspace.Exclude(excluded, model.ItemCount);
            var personal = Scoring.TryPrepare(model, history, workspace, out var scoring)
                ? SelectPersonal(model, scoring, eligible, results, workspace)
                : 0;
            if (personal == results.Length)
            {
                return personal;
            }

            workspace.Clear();
            workspace.Exclude(excluded, model.ItemCount);
            workspace.Exclude(results[..personal]);
            return FillUp(model, eligible, results, personal, workspace);
        }
        finally
        {
            workspace.Clear();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsEligible(ReadOnlySpan<ulong> eligible, int item) =>
        item >> 6 < eligible.Length && (eligible[item >> 6] >> (item & 63) & 1) != 0;

    /// <summary>Whether every vector is looked at, not only those of the other sources' candidates.</summary>
    internal static bool ScansEverything(ItemFactors factors) => (long)factors.Count * factors.Rank <= FullScanLimit;

    /// <summary>The best of what was voted for.</summary>
    private static int SelectPersonal(
        RankingModel model,
        in Scoring scoring,
        ReadOnlySpan<ulong> eligible,
        Span<RankedItem> results,
        RankingWorkspace workspace)
    {
        if (scoring.RecurrenceSlope != 0f)
        {
            RecurrentScan.Promote(model, scoring.RecurrenceSlope, results.Length, workspace);
        }

        var count = Candidates.Take(model, scoring.UsesEmbedding ? scoring.AlwaysCandidates : 0, eligible, workspace);
        var items = workspace.Items.AsSpan(0, count);
        var scores = workspace.Scores.AsSpan(0, count);

        // Vectors are scattered reads from memory. Only what the other sources rank highest is worth one; in a small
        // catalogue, whose vectors are in the cache, everything is.
        var limit = scoring is { UsesEmbedding: true, AlwaysCandidates: > 0 } ? Math.Max(1, count) : Math.Max(MinimumLookedUp, 2 * results.Length);
        if (scoring.RecurrenceSlope != 0f && !RecurrentScan.SeesAll(model.Recurrence!))
        {
            count = Greatest.Keep(scores, items, limit - (limit / Slack), limit);
            RecurrentScan.AddToOthers(scoring.RecurrenceSlope, model.Recurrence!, items[..count], scores, workspace);
        }

        if (scoring.UsesEmbedding)
        {
            count = Greatest.Keep(scores[..count], items, limit - (limit / Slack), limit);
            scoring.AddEmbedding(items[..count], scores);
        }

        count = Greatest.Keep(scores[..count], items, results.Length);
        var keys = workspace.KeySpace(count);
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = ScoreKey.Of(scores[i], items[i]);
        }

        keys.Sort();
        keys.Reverse();
        return Write(keys[..Math.Min(keys.Length, results.Length)], results);
    }

    private static int FillUp(RankingModel model, ReadOnlySpan<ulong> eligible, Span<RankedItem> results, int personal, RankingWorkspace workspace)
    {
        var fallback = model.Tables.Fallback;
        var filled = Append(fallback.Head, eligible, results, personal, personal, workspace);
        return filled < results.Length && fallback.HasMore
            ? Append(fallback.All.AsSpan(fallback.Head.Length), eligible, results, personal, filled, workspace)
            : filled;
    }

    private static int Append(
        ReadOnlySpan<int> order,
        ReadOnlySpan<ulong> eligible,
        Span<RankedItem> results,
        int personal,
        int filled,
        RankingWorkspace workspace)
    {
        foreach (var item in order)
        {
            if (filled == results.Length)
            {
                break;
            }

            if (!workspace.IsBarred(item) && IsEligible(eligible, item))
            {
                results[filled] = new RankedItem(item, FallbackScore(results, personal, filled));
                filled++;
            }
        }

        return filled;
    }

    // Strictly descending, and strictly below the last personal score where there is one.
    private static float FallbackScore(ReadOnlySpan<RankedItem> results, int personal, int place)
    {
        if (personal == 0)
        {
            return 1f / (place + 1);
        }

        var last = results[personal - 1].Score;
        return last - 1e-3f * Math.Max(1f, Math.Abs(last)) * (place - personal + 1);
    }
}
