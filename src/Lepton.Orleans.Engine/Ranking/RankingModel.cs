using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Recurrence;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// All that ranking reads: one immutable version of the sources. Every array may be shorter than
/// <see cref="ItemCount"/>, because items are newer than the source; they then have no value there. Arrays belong to the
/// model once they are handed over: nobody writes to them any more.
/// </summary>
public sealed record RankingModel
{
    private ModelTables? _tables;

    /// <summary>A model without items.</summary>
    public static RankingModel Empty { get; } = new();

    /// <summary>One more than the highest item number.</summary>
    public int ItemCount { get; init; }

    /// <summary>Sequential rules as raw counts; row = the item that people come from.</summary>
    public NeighbourTable Transitions { get; init; } = NeighbourTable.Empty;

    /// <summary>How far the rules reach that are counted per event: as far as those of the build.</summary>
    public RuleReach RuleReach { get; init; } = RuleReach.Default;

    /// <summary>Per item the sum of all its rules' counts, those that its row has no place for included.</summary>
    public float[] TransitionTotals { get; init; } = [];

    /// <summary>Co-occurrence as raw, user-weighted counts.</summary>
    public NeighbourTable CoOccurrence { get; init; } = NeighbourTable.Empty;

    /// <summary>Per item the number of users with a positive event.</summary>
    public float[] Counts { get; init; } = [];

    /// <summary>Per item its decayed popularity.</summary>
    public float[] Trending { get; init; } = [];

    /// <summary>Weights of the local ridge regressions; row = SOURCE item, its neighbours are the targets.</summary>
    public NeighbourTable Neighbourhood { get; init; } = NeighbourTable.Empty;

    /// <summary>Item vectors; <see langword="null"/> before the first build.</summary>
    public ItemFactors? Factors { get; init; }

    /// <summary>A linear recurrent model of what comes next; <see langword="null"/> before the first build.</summary>
    public RecurrentFactors? Recurrence { get; init; }

    /// <summary>Users to find like-minded ones among; <see langword="null"/> where they take no part.</summary>
    public UserTable? Users { get; init; }

    /// <summary>How the sources are blended.</summary>
    public BlendWeights Weights { get; init; } = BlendWeights.Default;

    /// <summary>What the ranking precomputes per model: powers of the counts, moments, the order of the fallback.</summary>
    internal ModelTables Tables
    {
        get
        {
            var tables = Volatile.Read(ref _tables);
            if (tables is null || !tables.Fits(this))
            {
                // Two threads may both compute it; both results are equal and either may stay.
                tables = new ModelTables(this, tables);
                Volatile.Write(ref _tables, tables);
            }

            return tables;
        }
    }

    /// <summary>
    /// Computes now what the first ranking would compute otherwise. A copy made with <see langword="with"/> reuses whatever
    /// its changes leave valid. Call it before a new model is swapped in.
    /// </summary>
    /// <returns>This model.</returns>
    public RankingModel Prepare()
    {
        _ = Tables;
        return this;
    }

    /// <summary>Two models are equal when they are the same version, that is the same object.</summary>
    public bool Equals(RankingModel? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
