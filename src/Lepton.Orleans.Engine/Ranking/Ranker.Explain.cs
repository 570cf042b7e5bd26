using Lepton.Orleans.Engine.LinearAlgebra;
using Lepton.Orleans.Engine.Recurrence;

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
    /// <param name="shares">Receives the shares; eight places hold any answer, fewer keep the largest.</param>
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
            Span<SourceShare> found = stackalloc SourceShare[8];
            var count = Scoring.TryPrepare(model, history, workspace, out var scoring)
                ? Personal(model, scoring, history, item, found)
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

    private static int Personal(RankingModel model, in Scoring scoring, ReadOnlySpan<int> history, int item, Span<SourceShare> found)
    {
        var count = 0;
        Add(Source.Transitions, scoring.TransitionSlope, Poll(SparseSource.Transitions(model), model, history, item), found, ref count);
        Add(Source.CoOccurrence, scoring.CoOccurrenceSlope, Poll(SparseSource.CoOccurrence(model), model, history, item), found, ref count);
        Add(Source.Neighbourhood, scoring.NeighbourhoodSlope, Poll(SparseSource.Neighbourhood(model), model, history, item), found, ref count);
        if (scoring.FromUsers(item) is not 0f and var votes)
        {
            found[count++] = new SourceShare(Source.UserNeighbourhood, votes, -1);
        }

        if (scoring.UsesEmbedding && item < model.Factors!.Count)
        {
            found[count++] = new SourceShare(Source.Embedding, scoring.FromEmbedding(item), NearestSeed(model, model.Factors, history, item));
        }

        if (scoring.FromRecurrence(item) is not 0f and var share)
        {
            found[count++] = new SourceShare(Source.Recurrence, share, NewestKnown(model.Recurrence!, history));
        }

        var weights = model.Weights;
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

    private static void Add(Source source, float slope, (float Sum, int Seed) poll, Span<SourceShare> found, ref int count)
    {
        if (slope * poll.Sum != 0f)
        {
            found[count++] = new SourceShare(source, slope * poll.Sum, poll.Seed);
        }
    }

    /// <summary>The votes of one source for an item, and the history entry with the largest of them.</summary>
    private static (float Sum, int Seed) Poll(in SparseSource source, RankingModel model, ReadOnlySpan<int> history, int item)
    {
        var (sum, seed, largest) = (0f, -1, 0f);
        for (var age = 0; age < history.Length; age++)
        {
            var entry = history[age];
            if ((uint)entry >= (uint)model.ItemCount)
            {
                continue;
            }

            var items = source.Table.Items(entry);
            var at = items[..source.Entries(items.Length, age)].IndexOf(item);
            var vote = at < 0 ? 0f : source.Voice(entry, age) * source.Table.Weights(entry)[at] * source.Discount(item);
            sum += vote;
            if (vote > largest)
            {
                (seed, largest) = (entry, vote);
            }
        }

        return (sum, seed);
    }

    /// <summary>The history entry that adds most to an item's inner product with the user.</summary>
    private static int NearestSeed(RankingModel model, ItemFactors factors, ReadOnlySpan<int> history, int item)
    {
        var (seed, largest) = (-1, 0f);
        for (var age = 0; age < history.Length; age++)
        {
            var entry = history[age];
            if ((uint)entry >= (uint)Math.Min(model.ItemCount, factors.Count))
            {
                continue;
            }

            var vote = Recency.Weight(age, model.Weights.EmbeddingRecency)
                * factors.InputScale[entry]
                * InnerProduct.Of(factors.Vector(entry), factors.Vector(item));
            if (vote > largest)
            {
                (seed, largest) = (entry, vote);
            }
        }

        return seed;
    }

    /// <summary>The entry that the running states hold most of.</summary>
    private static int NewestKnown(RecurrentFactors factors, ReadOnlySpan<int> history)
    {
        foreach (var entry in history)
        {
            if ((uint)entry < (uint)factors.Count && factors.InputScales[entry] != 0f)
            {
                return entry;
            }
        }

        return -1;
    }

    private static Source FallbackSource(RankingModel model, int item) =>
        item < model.Trending.Length && model.Trending[item] > 0f ? Source.Trending
        : item < model.Counts.Length && model.Counts[item] > 0f ? Source.Popular
        : Source.Latest;
}
