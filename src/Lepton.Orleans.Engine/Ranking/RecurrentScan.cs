using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lepton.Orleans.Engine.LinearAlgebra;
using Lepton.Orleans.Engine.Recurrence;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// What the recurrent model says of a user: of item b the share e^(.3 · (logit − greatest logit)), standardised like any
/// other source. As long as the vectors fit into the second cache every item is looked at. In a larger catalogue how far
/// shares spread is estimated, the clusters that the user points to give the items with the largest shares, and beside
/// those only what the other sources rank highest is looked up.
/// </summary>
internal static class RecurrentScan
{
    /// <summary>How far the logits are flattened before they are blended: as probabilities they would drown all else.</summary>
    public const float Temperature = .3f;

    private const int LeastProbedClusters = 6;
    private const int ProbedItems = 1536;
    private const int PromotedItems = 256;
    private const int VectorsAhead = 8;

    // An eighth more than are asked for are as good, and found in fewer steps.
    private const int Slack = 8;

    /// <summary>Fills the workspace's shares, or what a share is made of.</summary>
    /// <returns>What a share is multiplied with: the source's weight over the deviation of the shares; 0 if no item of the history is known.</returns>
    public static float Run(RankingModel model, RecurrentFactors factors, ReadOnlySpan<int> history, RankingWorkspace workspace)
    {
        var scratch = workspace.RecurrentSpace(factors.Decays.Length, factors.Dimensions);
        if (!factors.FoldIn(history, scratch.States, scratch.User))
        {
            return 0f;
        }

        workspace.CodeScale = ByteVectors.Encode(scratch.User, scratch.Code);
        var deviation = factors.Clusters is { } clusters
            ? Expected(clusters, scratch.User, workspace)
            : ShareAll(factors, model.ItemCount, workspace);
        return model.Weights.Recurrence * deviation;
    }

    /// <summary>Whether the shares of all items are at hand.</summary>
    public static bool SeesAll(RecurrentFactors factors) => factors.Clusters is null;

    /// <summary>The share of an item.</summary>
    public static float ShareOf(int item, RecurrentFactors factors, RankingWorkspace workspace) =>
        SeesAll(factors) ? workspace.Shares[item] : ShareOf(factors.Score(workspace.Code, workspace.CodeScale, item), workspace);

    /// <summary>
    /// Makes the items with the largest shares candidates, and adds to their sums, and to those of every candidate if all
    /// shares are at hand, what the recurrent model says.
    /// </summary>
    public static void Promote(RankingModel model, float slope, int places, RankingWorkspace workspace)
    {
        var least = Math.Max(PromotedItems, places);
        if (model.Recurrence!.Clusters is { } clusters)
        {
            PromoteFromClusters(model, clusters, slope, least, workspace);
        }
        else
        {
            PromoteFromAll(model, slope, least, workspace);
        }
    }

    /// <summary>Adds to candidates' scores what <see cref="Promote"/> has not added yet.</summary>
    public static void AddToOthers(float slope, RecurrentFactors factors, ReadOnlySpan<int> items, Span<float> scores, RankingWorkspace workspace)
    {
        // What was promoted has the share of nothing here.
        var shares = workspace.Shares.AsSpan(0, items.Length);
        for (var i = 0; i < items.Length; i++)
        {
            if (i + VectorsAhead < items.Length)
            {
                factors.Announce(items[i + VectorsAhead]);
            }

            shares[i] = workspace.IsPromoted(items[i]) ? float.NegativeInfinity : factors.Score(workspace.Code, workspace.CodeScale, items[i]);
        }

        Flatten(shares, workspace.ReferenceLogit);
        TensorPrimitives.MultiplyAdd(shares, slope, scores[..items.Length], scores);
    }

    private static float ShareOf(float logit, RankingWorkspace workspace) => MathF.Exp(Temperature * (logit - workspace.ReferenceLogit));

    private static void PromoteFromAll(RankingModel model, float slope, int atLeast, RankingWorkspace workspace)
    {
        var lines = RankingWorkspace.LinesOf(model.ItemCount);
        var least = LeastPromoted(lines, atLeast, workspace);
        var limit = Vector512.Create(least);
        ref var sums = ref MemoryMarshal.GetArrayDataReference(workspace.Sums);
        ref var shares = ref MemoryMarshal.GetArrayDataReference(workspace.Shares);
        for (var line = 0; line < lines; line++)
        {
            if (workspace.Lines[line] == 0 && workspace.LineShares[line] < least)
            {
                continue;
            }

            var start = (nuint)(line << RankingWorkspace.LineShift);
            var sum = Vector512.LoadUnsafe(ref sums, start);
            var share = Vector512.LoadUnsafe(ref shares, start);
            var counts = ~Vector512.Equals(sum, Vector512<float>.Zero) | Vector512.GreaterThanOrEqual(share, limit);
            Vector512.ConditionalSelect(counts, sum + (share * slope), sum).StoreUnsafe(ref sums, start);
            workspace.Lines[line] = 1;
        }
    }

    private static void PromoteFromClusters(RankingModel model, VectorClusters clusters, float slope, int atLeast, RankingWorkspace workspace)
    {
        var found = Probe(clusters, workspace);
        var logits = workspace.Shares.AsSpan(0, found);
        var items = workspace.Items.AsSpan(0, found);
        var promoted = Selection.Greatest.Keep(logits, items, atLeast, atLeast + (atLeast / Slack));
        Flatten(logits[..promoted], workspace.ReferenceLogit);
        workspace.ClearPromoted();
        for (var i = 0; i < promoted; i++)
        {
            // Where there is no item there is none of its share.
            if ((uint)items[i] < (uint)model.ItemCount)
            {
                workspace.Promote(items[i], slope * logits[i]);
            }
        }
    }

    /// <summary>Writes the items and the logits of the clusters that the user points to, side by side.</summary>
    private static int Probe(VectorClusters clusters, RankingWorkspace workspace)
    {
        var centres = workspace.CentreSpace(clusters.Count);
        clusters.ScoreCentres(workspace.Code, workspace.CodeScale, centres);
        centres = centres[..clusters.Count];
        var least = Selection.Greatest.Least(centres, Math.Max(LeastProbedClusters, (int)((long)ProbedItems / VectorBlocks.Size * clusters.Count / clusters.Vectors.Count)));
        var found = 0;
        for (var cluster = Next(centres, 0, least); cluster < centres.Length;)
        {
            var following = Next(centres, cluster + 1, least);
            if (following < centres.Length)
            {
                clusters.Vectors.Announce(clusters.BlocksOf(following).First);
            }

            var (first, end) = clusters.BlocksOf(cluster);
            for (var block = first; block < end && found + VectorBlocks.Size <= workspace.Shares.Length; block++)
            {
                clusters.Vectors.Score(workspace.Code, workspace.CodeScale, block).CopyTo(workspace.Shares, found);
                clusters.ItemsOf(block).CopyTo(workspace.Items.AsSpan(found));
                found += VectorBlocks.Size;
            }

            cluster = following;
        }

        return found;
    }

    // The next cluster to look into.
    private static int Next(ReadOnlySpan<float> centres, int from, float least)
    {
        while (from < centres.Length && centres[from] < least)
        {
            from++;
        }

        return from;
    }

    /// <summary>Fills the shares, and returns one over their deviation.</summary>
    private static float ShareAll(RecurrentFactors factors, int itemCount, RankingWorkspace workspace)
    {
        var blocks = RankingWorkspace.LinesOf(itemCount);
        var shares = workspace.Shares.AsSpan(0, blocks * VectorBlocks.Size);
        var code = workspace.Code;
        var greatest = Vector512.Create(float.NegativeInfinity);
        for (var block = 0; block < blocks; block++)
        {
            var logits = factors.Blocks.Score(code, workspace.CodeScale, block);
            greatest = Vector512.Max(greatest, logits);
            logits.CopyTo(workspace.Shares, block * VectorBlocks.Size);
        }

        var reference = Greatest(greatest);
        Flatten(shares, float.IsFinite(reference) ? reference : 0f);
        return Moments.From(TensorPrimitives.Sum<float>(shares), TensorPrimitives.SumOfSquares<float>(shares), itemCount).InverseDeviation;
    }

    // Logits of many items are about normally distributed, so shares are about log-normally: their deviation follows from two
    // moments of the logits, without a look at any item.
    private static float Expected(VectorClusters clusters, ReadOnlySpan<float> user, RankingWorkspace workspace)
    {
        var (mean, variance) = clusters.LogitMoments(user);
        var spread = Temperature * Temperature * variance;
        // Shares are taken relative to what a common item has, which is all that their deviation depends on.
        workspace.ReferenceLogit = mean;
        var squared = MathF.Exp(spread) * (MathF.Exp(spread) - 1f);
        return squared > 1e-12f ? 1f / MathF.Sqrt(squared) : 0f;
    }

    private static void Flatten(Span<float> logits, float greatest)
    {
        TensorPrimitives.Subtract(logits, greatest, logits);
        TensorPrimitives.Multiply(logits, Temperature, logits);
        TensorPrimitives.Exp(logits, logits);
    }

    private static float Greatest(Vector512<float> values)
    {
        var eight = Vector256.Max(values.GetLower(), values.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }

    // The share that so many lines reach: at least as many items do.
    private static float LeastPromoted(int lines, int atLeast, RankingWorkspace workspace)
    {
        var best = workspace.LineShares.AsSpan(0, lines);
        ref var shares = ref MemoryMarshal.GetArrayDataReference(workspace.Shares);
        for (var line = 0; line < lines; line++)
        {
            best[line] = Greatest(Vector512.LoadUnsafe(ref shares, (nuint)(line << RankingWorkspace.LineShift)));
        }

        // A share of nothing makes no candidate.
        return lines <= atLeast ? float.Epsilon : Math.Max(float.Epsilon, Selection.Greatest.Least(best, atLeast));
    }
}
