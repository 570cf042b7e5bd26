using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lepton.Orleans.Engine.Recurrence;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// What the recurrent model says of a user: of item b the share e^(.3 · (logit − greatest logit)), standardised like any
/// other source. In a catalogue of up to 131,072 items every item is looked at, which takes a few nanoseconds each; in a
/// larger one those that other sources voted for, and their neighbours in number.
/// </summary>
internal static class RecurrentScan
{
    /// <summary>How far the logits are flattened before they are blended: as probabilities they would drown all else.</summary>
    public const float Temperature = .3f;

    private const int FullScanLines = 8192;
    private const int PromotedLines = 256;

    /// <summary>Fills the workspace's shares.</summary>
    /// <returns>What a share is multiplied with: the source's weight over the deviation of the shares; 0 if no item of the history is known.</returns>
    public static float Run(RankingModel model, RecurrentFactors factors, ReadOnlySpan<int> history, RankingWorkspace workspace)
    {
        var scratch = workspace.RecurrentSpace(factors.Decays.Length, factors.Dimensions);
        if (!factors.FoldIn(history, scratch.States, scratch.User))
        {
            return 0f;
        }

        var scale = RecurrentFactors.Encode(scratch.User, scratch.Code);
        var lines = RankingWorkspace.LinesOf(model.ItemCount);
        var (sum, squares) = lines <= FullScanLines
            ? ShareAll(factors, scratch.Code, scale, lines, workspace)
            : ShareTouched(factors, scratch.Code, scale, lines, workspace);
        return model.Weights.Recurrence * Moments.From(sum, squares, model.ItemCount).InverseDeviation;
    }

    /// <summary>The share of an item.</summary>
    public static float ShareOf(int item, RankingModel model, RankingWorkspace workspace) =>
        SeesAll(model) || workspace.Lines[item >> RankingWorkspace.LineShift] != 0 ? workspace.Shares[item] : 0f;

    /// <summary>Adds the shares to the sums of what was voted for, and makes the items with the largest shares candidates.</summary>
    public static void Promote(RankingModel model, float slope, RankingWorkspace workspace)
    {
        var lines = RankingWorkspace.LinesOf(model.ItemCount);
        var seesAll = SeesAll(model);
        var least = seesAll ? LeastPromoted(lines, workspace) : float.PositiveInfinity;
        var limit = Vector512.Create(least);
        ref var sums = ref MemoryMarshal.GetArrayDataReference(workspace.Sums);
        ref var shares = ref MemoryMarshal.GetArrayDataReference(workspace.Shares);
        for (var line = 0; line < lines; line++)
        {
            var isTouched = workspace.Lines[line] != 0;
            if (!isTouched && (!seesAll || workspace.LineShares[line] < least))
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

    private static bool SeesAll(RankingModel model) => RankingWorkspace.LinesOf(model.ItemCount) <= FullScanLines;

    private static (double Sum, double Squares) ShareAll(RecurrentFactors factors, ReadOnlySpan<int> code, float scale, int lines, RankingWorkspace workspace)
    {
        ref var shares = ref MemoryMarshal.GetArrayDataReference(workspace.Shares);
        var greatest = Vector512.Create(float.NegativeInfinity);
        for (var line = 0; line < lines; line++)
        {
            var logits = factors.Score(code, scale, line);
            greatest = Vector512.Max(greatest, logits);
            logits.StoreUnsafe(ref shares, (nuint)(line << RankingWorkspace.LineShift));
        }

        var all = workspace.Shares.AsSpan(0, lines << RankingWorkspace.LineShift);
        Flatten(all, Greatest(greatest));
        return (TensorPrimitives.Sum<float>(all), TensorPrimitives.SumOfSquares<float>(all));
    }

    private static (double Sum, double Squares) ShareTouched(RecurrentFactors factors, ReadOnlySpan<int> code, float scale, int lines, RankingWorkspace workspace)
    {
        ref var shares = ref MemoryMarshal.GetArrayDataReference(workspace.Shares);
        var greatest = Vector512.Create(float.NegativeInfinity);
        for (var line = 0; line < lines; line++)
        {
            if (workspace.Lines[line] != 0)
            {
                var logits = factors.Score(code, scale, line);
                greatest = Vector512.Max(greatest, logits);
                logits.StoreUnsafe(ref shares, (nuint)(line << RankingWorkspace.LineShift));
            }
        }

        double sum = 0, squares = 0;
        for (var line = 0; line < lines; line++)
        {
            if (workspace.Lines[line] != 0)
            {
                var some = workspace.Shares.AsSpan(line << RankingWorkspace.LineShift, 1 << RankingWorkspace.LineShift);
                Flatten(some, Greatest(greatest));
                sum += TensorPrimitives.Sum<float>(some);
                squares += TensorPrimitives.SumOfSquares<float>(some);
            }
        }

        return (sum, squares);
    }

    private static void Flatten(Span<float> logits, float greatest)
    {
        TensorPrimitives.Subtract(logits, float.IsFinite(greatest) ? greatest : 0f, logits);
        TensorPrimitives.Multiply(logits, Temperature, logits);
        TensorPrimitives.Exp(logits, logits);
    }

    private static float Greatest(Vector512<float> values)
    {
        Span<float> all = stackalloc float[Vector512<float>.Count];
        values.CopyTo(all);
        return TensorPrimitives.Max<float>(all);
    }

    // The share that so many lines reach: at least as many items do.
    private static float LeastPromoted(int lines, RankingWorkspace workspace)
    {
        var best = workspace.LineShares.AsSpan(0, lines);
        ref var shares = ref MemoryMarshal.GetArrayDataReference(workspace.Shares);
        for (var line = 0; line < lines; line++)
        {
            best[line] = Greatest(Vector512.LoadUnsafe(ref shares, (nuint)(line << RankingWorkspace.LineShift)));
        }

        // A share of nothing makes no candidate.
        return lines <= PromotedLines ? float.Epsilon : Math.Max(float.Epsilon, Selection.Greatest.Least(best, PromotedLines));
    }
}
