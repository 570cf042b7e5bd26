using System.Buffers;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// Diversity (Carbonell &amp; Goldstein, "The use of MMR, diversity-based reranking for reordering documents and producing
/// summaries", 1998): each place goes to the item with the largest λ·relevance − (1−λ)·similarity to the places above.
/// </summary>
public static class MaximalMarginalRelevance
{
    /// <summary>Reorders the first places of a list; the rest keeps its order behind them.</summary>
    /// <param name="model">Gives the similarity: cosine of the item vectors where both have one, else the tables.</param>
    /// <param name="list">A ranking, best first; scores stay with their items.</param>
    /// <param name="take">How many places to choose.</param>
    /// <param name="lambda">1 leaves the order alone, 0 looks for difference only.</param>
    /// <exception cref="ArgumentOutOfRangeException">λ is not within 0 and 1.</exception>
    public static void Rerank(RankingModel model, Span<RankedItem> list, int take, float lambda)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!(lambda is >= 0f and <= 1f))
        {
            throw new ArgumentOutOfRangeException(nameof(lambda), lambda, "λ is between 0 (difference alone) and 1 (relevance alone).");
        }

        take = Math.Min(take, list.Length);
        if (lambda == 1f || take < 2)
        {
            return;
        }

        var buffer = ArrayPool<float>.Shared.Rent(2 * list.Length);
        try
        {
            var relevance = buffer.AsSpan(0, list.Length);
            var closest = buffer.AsSpan(list.Length, list.Length);
            Normalise(list, relevance);
            closest.Clear();
            for (var place = 0; place < take; place++)
            {
                var chosen = place;
                var largest = float.NegativeInfinity;
                for (var i = place; i < list.Length; i++)
                {
                    var value = lambda * relevance[i] - (1f - lambda) * closest[i];
                    if (value > largest)
                    {
                        largest = value;
                        chosen = i;
                    }
                }

                MoveUp(list, chosen, place);
                MoveUp(relevance, chosen, place);
                MoveUp(closest, chosen, place);
                for (var i = place + 1; i < list.Length; i++)
                {
                    closest[i] = Math.Max(closest[i], Similarity(model, list[place].Item, list[i].Item));
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    /// <summary>How alike two items are, 0 to 1: the cosine of their vectors, or else the larger of their weights in each other's rows, as a share of the row's first.</summary>
    public static float Similarity(RankingModel model, int a, int b)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Factors is { } factors && a < factors.Count && b < factors.Count)
        {
            return Math.Clamp(factors.Cosine(a, b), 0f, 1f);
        }

        var table = model.CoOccurrence;
        return Math.Max(Share(table, a, b), Share(table, b, a));
    }

    private static float Share(Neighbours.NeighbourTable table, int row, int item)
    {
        var weights = table.Weights(row);
        return weights.IsEmpty || weights[0] <= 0f ? 0f : Math.Clamp(table.Weight(row, item) / weights[0], 0f, 1f);
    }

    private static void Normalise(ReadOnlySpan<RankedItem> list, Span<float> relevance)
    {
        var least = float.PositiveInfinity;
        var greatest = float.NegativeInfinity;
        foreach (var place in list)
        {
            least = Math.Min(least, place.Score);
            greatest = Math.Max(greatest, place.Score);
        }

        var range = greatest - least;
        for (var i = 0; i < list.Length; i++)
        {
            relevance[i] = range > 0f ? (list[i].Score - least) / range : 1f;
        }
    }

    // Moving rather than swapping keeps the order of those that were not chosen.
    private static void MoveUp<T>(Span<T> values, int from, int to)
    {
        var moved = values[from];
        values[to..from].CopyTo(values[(to + 1)..(from + 1)]);
        values[to] = moved;
    }
}
