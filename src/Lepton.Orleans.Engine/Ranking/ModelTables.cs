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
        var sameItems = previous is not null && previous.Levels.Length == itemCount;
        var sameCounts = sameItems && ReferenceEquals(previous!._counts, _counts);
        var sameTrending = sameItems && ReferenceEquals(previous!._trending, _trending);
        Popular = sameCounts ? previous!.Popular : Moments.Of(_counts, itemCount);
        Trending = sameTrending ? previous!.Trending : Moments.Of(_trending, itemCount);
        Fallback = sameCounts && sameTrending ? previous!.Fallback : new FallbackOrder(itemCount, _trending, _counts);
        Levels = sameCounts ? previous!.Levels : PopularityLevels.Of(_counts, itemCount);
        TransitionDiscounts = PopularityLevels.Discounts(_weights.TransitionPopularityExponent);
        CoOccurrenceDiscounts = PopularityLevels.Discounts(_weights.CoOccurrencePopularityExponent);
        CoOccurrenceShares = PopularityLevels.Discounts(_weights.CoOccurrenceRowExponent);
        Popularity = PopularityOf(itemCount);
    }

    /// <summary>The level of each item's popularity.</summary>
    public byte[] Levels { get; }

    /// <summary>By level, max(p, 1)^−β of the sequential rules.</summary>
    public float[] TransitionDiscounts { get; }

    /// <summary>By level, max(p, 1)^−β of the co-occurrences.</summary>
    public float[] CoOccurrenceDiscounts { get; }

    /// <summary>By level of the item in the history, max(p, 1)^−r of its co-occurrences.</summary>
    public float[] CoOccurrenceShares { get; }

    /// <summary>
    /// By item, the weighted z-scores of its own popularity, which are the same for everybody; as long as the workspace's
    /// lines. <see langword="null"/> where neither kind of popularity has a weight.
    /// </summary>
    public float[]? Popularity { get; }

    public Moments Popular { get; }

    public Moments Trending { get; }

    public FallbackOrder Fallback { get; }

    public bool Fits(RankingModel model) =>
        Levels.Length == model.ItemCount
        && ReferenceEquals(_counts, model.Counts)
        && ReferenceEquals(_trending, model.Trending)
        && _weights == model.Weights;

    private float[]? PopularityOf(int itemCount)
    {
        if (_weights is { Trending: 0f, Popular: 0f })
        {
            return null;
        }

        var popularity = new float[RankingWorkspace.LinesOf(itemCount) << RankingWorkspace.LineShift];
        for (var item = 0; item < itemCount; item++)
        {
            popularity[item] = _weights.Trending * Trending.Standardise(item < _trending.Length ? _trending[item] : 0f)
                + _weights.Popular * Popular.Standardise(item < _counts.Length ? _counts[item] : 0f);
        }

        return popularity;
    }
}
