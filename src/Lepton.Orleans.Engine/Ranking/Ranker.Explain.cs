namespace Lepton.Orleans.Engine.Ranking;

public static partial class Ranker
{
    /// <summary>
    /// Why an item is where it is: the sources that support it, the largest contribution first. An item that no personal
    /// source supports is in a list because it trends, is popular or is new; then that is the one share, of contribution 0.
    /// </summary>
    /// <param name="model">The sources that ranked it.</param>
    /// <param name="history">The history that it was ranked for, newest first.</param>
    /// <param name="item">The item.</param>
    /// <param name="shares">Receives the shares; six places hold any answer, fewer keep the largest.</param>
    /// <returns>How many shares were written.</returns>
    public static int Explain(RankingModel model, ReadOnlySpan<int> history, int item, Span<SourceShare> shares)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (shares.IsEmpty || (uint)item >= (uint)model.ItemCount)
        {
            return 0;
        }

        var workspace = RankingWorkspace.Rent();
        workspace.Begin(model.ItemCount, 0);
        try
        {
            Span<SourceShare> found = stackalloc SourceShare[6];
            var count = Scoring.TryPrepare(model, history, workspace, out var scoring)
                ? Personal(model, scoring, history, item, workspace, found)
                : 0;
            if (count == 0)
            {
                found[count++] = new SourceShare(FallbackSource(model, item), 0f, -1);
            }

            found[..count].Sort(static (a, b) => b.Contribution.CompareTo(a.Contribution));
            count = Math.Min(count, shares.Length);
            found[..count].CopyTo(shares);
            return count;
        }
        finally
        {
            workspace.Clear();
            RankingWorkspace.Return(workspace);
        }
    }

    private static int Personal(
        RankingModel model,
        in Scoring scoring,
        ReadOnlySpan<int> history,
        int item,
        RankingWorkspace workspace,
        Span<SourceShare> found)
    {
        var count = 0;
        var weights = model.Weights;
        var moments = scoring.Moments;
        var cell = workspace.Cells[item];
        if (cell[Scoring.TransitionLane] != 0f)
        {
            var contribution = weights.Transitions * moments.Transitions.Standardise(cell[Scoring.TransitionLane]);
            found[count++] = new SourceShare(Source.Transitions, contribution, Seed(model, Source.Transitions, history, item));
        }

        if (cell[Scoring.CoOccurrenceLane] != 0f)
        {
            var contribution = weights.CoOccurrence * moments.CoOccurrence.Standardise(cell[Scoring.CoOccurrenceLane]);
            found[count++] = new SourceShare(Source.CoOccurrence, contribution, Seed(model, Source.CoOccurrence, history, item));
        }

        if (cell[Scoring.NeighbourhoodLane] != 0f)
        {
            var contribution = weights.Neighbourhood * moments.Neighbourhood.Standardise(cell[Scoring.NeighbourhoodLane]);
            found[count++] = new SourceShare(Source.Neighbourhood, contribution, Seed(model, Source.Neighbourhood, history, item));
        }

        if (scoring.UsesEmbedding && item < model.Factors!.Count)
        {
            var contribution = scoring.EmbeddingWeight * moments.Embedding.Standardise(scoring.RawEmbedding(item));
            found[count++] = new SourceShare(Source.Embedding, contribution, Seed(model, Source.Embedding, history, item));
        }

        if (count > 0 && weights.Trending != 0f)
        {
            var value = item < model.Trending.Length ? model.Trending[item] : 0f;
            found[count++] = new SourceShare(Source.Trending, weights.Trending * model.Tables.Trending.Standardise(value), -1);
        }

        if (count > 0 && weights.Popular != 0f)
        {
            var value = item < model.Counts.Length ? model.Counts[item] : 0f;
            found[count++] = new SourceShare(Source.Popular, weights.Popular * model.Tables.Popular.Standardise(value), -1);
        }

        return count;
    }

    /// <summary>The history entry with the largest vote for an item in one source.</summary>
    private static int Seed(RankingModel model, Source source, ReadOnlySpan<int> history, int item)
    {
        var weights = model.Weights;
        var seed = -1;
        var largest = 0f;
        for (var age = 0; age < history.Length; age++)
        {
            var entry = history[age];
            if ((uint)entry >= (uint)model.ItemCount)
            {
                continue;
            }

            var vote = source switch
            {
                Source.Transitions => Recency.Weight(age, weights.TransitionRecency)
                    * (entry < model.TransitionTotals.Length ? weights.RuleShare(model.TransitionTotals[entry]) : 0f)
                    * model.Transitions.Weight(entry, item),
                Source.CoOccurrence => Recency.Weight(age, weights.CoOccurrenceRecency)
                    * model.Tables.Targets[entry][Scoring.CoOccurrenceLane]
                    * model.CoOccurrence.Weight(entry, item),
                Source.Neighbourhood => Recency.Weight(age, weights.NeighbourhoodRecency) * model.Neighbourhood.Weight(entry, item),
                _ => entry < model.Factors!.Count
                    ? Recency.Weight(age, weights.EmbeddingRecency)
                        * model.Factors.InputScale[entry]
                        * System.Numerics.Tensors.TensorPrimitives.Dot(model.Factors.Vector(entry), model.Factors.Vector(item))
                    : 0f,
            };
            if (vote > largest)
            {
                largest = vote;
                seed = entry;
            }
        }

        return seed;
    }

    private static Source FallbackSource(RankingModel model, int item) =>
        item < model.Trending.Length && model.Trending[item] > 0f ? Source.Trending
        : item < model.Counts.Length && model.Counts[item] > 0f ? Source.Popular
        : Source.Latest;
}
