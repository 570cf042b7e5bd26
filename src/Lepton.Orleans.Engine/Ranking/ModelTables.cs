using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>What follows from a model alone and not from a request.</summary>
internal sealed class ModelTables
{
    private readonly float[] _counts;
    private readonly float[] _trending;
    private readonly BlendWeights _weights;

    public ModelTables(RankingModel model, ModelTables? previous)
    {
        _weights = model.Weights;
        _counts = model.Counts;
        _trending = model.Trending;

        var itemCount = model.ItemCount;
        var sameItems = previous is not null && previous.Targets.Length == itemCount;
        var sameCounts = sameItems && ReferenceEquals(previous!._counts, _counts);
        var sameTrending = sameItems && ReferenceEquals(previous!._trending, _trending);
        Popular = sameCounts ? previous!.Popular : Moments.Of(_counts, itemCount);
        Trending = sameTrending ? previous!.Trending : Moments.Of(_trending, itemCount);
        Fallback = sameCounts && sameTrending ? previous!.Fallback : new FallbackOrder(itemCount, _trending, _counts);
        Targets = TargetsOf(itemCount);
    }

    /// <summary>
    /// What the votes for an item are multiplied with, a lane a source: max(p, 1)^−β of the sequential rules, max(p, 1)^−½
    /// (or another exponent) of the co-occurrences, 1 of the neighbourhoods; and in the last lane the weighted z-scores of
    /// its own popularity, which are the same for everybody.
    /// </summary>
    public Vector128<float>[] Targets { get; }

    public Moments Popular { get; }

    public Moments Trending { get; }

    public FallbackOrder Fallback { get; }

    public bool Fits(RankingModel model) =>
        Targets.Length == model.ItemCount
        && ReferenceEquals(_counts, model.Counts)
        && ReferenceEquals(_trending, model.Trending)
        && _weights == model.Weights;

    private Vector128<float>[] TargetsOf(int itemCount)
    {
        var targets = new Vector128<float>[itemCount];
        var powers = ArrayPool<float>.Shared.Rent(2 * itemCount);
        try
        {
            var transitions = powers.AsSpan(0, itemCount);
            var coOccurrence = powers.AsSpan(itemCount, itemCount);
            Power(-_weights.TransitionPopularityExponent, transitions);
            Power(-_weights.CoOccurrencePopularityExponent, coOccurrence);
            for (var item = 0; item < itemCount; item++)
            {
                targets[item] = Vector128.Create(transitions[item], coOccurrence[item], 1f, 0f);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(powers);
        }

        AddPopularity(targets, _trending, _weights.Trending, Trending);
        AddPopularity(targets, _counts, _weights.Popular, Popular);
        return targets;
    }

    private static void AddPopularity(Vector128<float>[] targets, float[] values, float weight, Moments moments)
    {
        for (var item = 0; weight != 0f && item < targets.Length; item++)
        {
            var score = weight * moments.Standardise(item < values.Length ? values[item] : 0f);
            targets[item] = targets[item].WithElement(Scoring.PopularityLane, targets[item][Scoring.PopularityLane] + score);
        }
    }

    private void Power(float exponent, Span<float> powers)
    {
        var known = Math.Min(_counts.Length, powers.Length);
        TensorPrimitives.Max(_counts.AsSpan(0, known), 1f, powers);
        TensorPrimitives.Pow(powers[..known], exponent, powers);
        powers[known..].Fill(1f);
    }
}
