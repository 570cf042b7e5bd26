using Lepton.Orleans.Engine.Selection;

namespace Lepton.Orleans.Engine.Ranking;

public static partial class Ranker
{
    /// <summary>
    /// Items like one item. Not filled up: an item that nothing is like has a short list.
    /// </summary>
    /// <param name="model">The sources.</param>
    /// <param name="item">The item; never part of its own list.</param>
    /// <param name="source">One source, or <see langword="null"/> for the blend. Of the embedding it is the cosine.</param>
    /// <param name="eligible">A bit per item number; an item whose bit is 0 is never returned.</param>
    /// <param name="results">Receives the list, best first.</param>
    /// <param name="workspace">Scratch memory, in use by nobody else meanwhile.</param>
    /// <returns>How many places were filled.</returns>
    public static int Similar(
        RankingModel model,
        int item,
        Source? source,
        ReadOnlySpan<ulong> eligible,
        Span<RankedItem> results,
        RankingWorkspace workspace)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(workspace);
        if (results.IsEmpty || (uint)item >= (uint)model.ItemCount)
        {
            return 0;
        }

        if (source is Source.Trending or Source.Popular or Source.Latest)
        {
            return Top(model, source.Value, [item], eligible, results, workspace);
        }

        workspace.Begin(model.ItemCount, results.Length);
        try
        {
            workspace.Exclude([item], model.ItemCount);
            if (source is null)
            {
                return Scoring.TryPrepare(model, [item], workspace, out var scoring)
                    ? SelectPersonal(model, scoring, eligible, results, workspace)
                    : 0;
            }

            var best = new TopBuffer(workspace.Keys, results.Length);
            Offer(model, item, source.Value, eligible, ref best);
            return Write(best.Descending(), results);
        }
        finally
        {
            workspace.Clear();
        }
    }

    /// <summary>The head of the catalogue by one source that is the same for everybody: trending, popular or latest.</summary>
    /// <param name="model">The sources.</param>
    /// <param name="source"><see cref="Source.Trending"/>, <see cref="Source.Popular"/> or <see cref="Source.Latest"/>.</param>
    /// <param name="excluded">Items never to return.</param>
    /// <param name="eligible">A bit per item number; an item whose bit is 0 is never returned.</param>
    /// <param name="results">Receives the list, best first; of trending and popular only items with any popularity.</param>
    /// <param name="workspace">Scratch memory, in use by nobody else meanwhile.</param>
    /// <returns>How many places were filled.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The source is a personal one.</exception>
    public static int Top(
        RankingModel model,
        Source source,
        ReadOnlySpan<int> excluded,
        ReadOnlySpan<ulong> eligible,
        Span<RankedItem> results,
        RankingWorkspace workspace)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(workspace);
        var values = source switch
        {
            Source.Trending => model.Trending,
            Source.Popular => model.Counts,
            Source.Latest => [],
            _ => throw new ArgumentOutOfRangeException(nameof(source), source, "Only trending, popular and latest are the same for everybody."),
        };
        workspace.Begin(model.ItemCount, results.Length);
        try
        {
            workspace.Exclude(excluded, model.ItemCount);
            var best = new TopBuffer(workspace.Keys, results.Length);
            var covered = source == Source.Latest ? model.ItemCount : Math.Min(values.Length, model.ItemCount);
            for (var item = covered - 1; item >= 0; item--)
            {
                var score = source == Source.Latest ? item : values[item];
                if ((source == Source.Latest || score > 0f)
                    && !workspace.IsBarred(item)
                    && IsEligible(eligible, item))
                {
                    best.Push(ScoreKey.Of(score, item));
                }
            }

            return Write(best.Descending(), results);
        }
        finally
        {
            workspace.Clear();
        }
    }

    private static void Offer(RankingModel model, int item, Source source, ReadOnlySpan<ulong> eligible, ref TopBuffer best)
    {
        if (source == Source.Embedding)
        {
            if (model.Factors is not { } factors || item >= factors.Count)
            {
                return;
            }

            for (var other = 0; other < Math.Min(factors.Count, model.ItemCount); other++)
            {
                if (other != item && IsEligible(eligible, other))
                {
                    best.Push(ScoreKey.Of(factors.Cosine(item, other), other));
                }
            }

            return;
        }

        var votes = source switch
        {
            Source.Transitions => SparseSource.Transitions(model),
            Source.CoOccurrence => SparseSource.CoOccurrence(model),
            _ => SparseSource.Neighbourhood(model),
        };
        var items = votes.Table.Items(item);
        var weights = votes.Table.Weights(item);
        for (var k = 0; k < items.Length; k++)
        {
            var other = items[k];
            if ((uint)other < (uint)model.ItemCount && other != item && IsEligible(eligible, other))
            {
                best.Push(ScoreKey.Of(weights[k] * votes.Discount(other), other));
            }
        }
    }

    private static int Write(ReadOnlySpan<ulong> keys, Span<RankedItem> results)
    {
        for (var place = 0; place < keys.Length; place++)
        {
            results[place] = new RankedItem(ScoreKey.Item(keys[place]), ScoreKey.Score(keys[place]));
        }

        return keys.Length;
    }
}
