using System.Numerics.Tensors;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>What follows from a model alone and not from a request.</summary>
internal sealed class ModelTables
{
    private readonly float[] _counts;
    private readonly float[] _trending;
    private readonly int _itemCount;
    private readonly float _transitionExponent;
    private readonly float _coOccurrenceExponent;

    public ModelTables(RankingModel model, ModelTables? previous)
    {
        var weights = model.Weights;
        _counts = model.Counts;
        _trending = model.Trending;
        _itemCount = model.ItemCount;
        _transitionExponent = weights.TransitionPopularityExponent;
        _coOccurrenceExponent = weights.CoOccurrencePopularityExponent;

        var sameCounts = previous is not null && previous._itemCount == _itemCount && ReferenceEquals(previous._counts, _counts);
        var sameTrending = previous is not null && previous._itemCount == _itemCount && ReferenceEquals(previous._trending, _trending);
        TransitionScale = sameCounts && previous!._transitionExponent == _transitionExponent
            ? previous.TransitionScale
            : Powers(_transitionExponent);
        CoOccurrenceScale = sameCounts && previous!._coOccurrenceExponent == _coOccurrenceExponent
            ? previous.CoOccurrenceScale
            : Powers(_coOccurrenceExponent);
        Popular = sameCounts ? previous!.Popular : Moments.Of(_counts, _itemCount);
        Trending = sameTrending ? previous!.Trending : Moments.Of(_trending, _itemCount);
        Fallback = sameCounts && sameTrending ? previous!.Fallback : new FallbackOrder(_itemCount, _trending, _counts);
    }

    /// <summary>Per item max(p, 1)^−β of the sequential rules.</summary>
    public float[] TransitionScale { get; }

    /// <summary>Per item max(p, 1)^−½, or another exponent, of the co-occurrence score.</summary>
    public float[] CoOccurrenceScale { get; }

    public Moments Popular { get; }

    public Moments Trending { get; }

    public FallbackOrder Fallback { get; }

    public bool Fits(RankingModel model) =>
        _itemCount == model.ItemCount
        && ReferenceEquals(_counts, model.Counts)
        && ReferenceEquals(_trending, model.Trending)
        && _transitionExponent == model.Weights.TransitionPopularityExponent
        && _coOccurrenceExponent == model.Weights.CoOccurrencePopularityExponent;

    private float[] Powers(float exponent)
    {
        var powers = new float[_itemCount];
        var known = Math.Min(_counts.Length, _itemCount);
        TensorPrimitives.Max(_counts.AsSpan(0, known), 1f, powers);
        TensorPrimitives.Pow(powers.AsSpan(0, known), -exponent, powers);
        powers.AsSpan(known).Fill(1f);
        return powers;
    }
}
