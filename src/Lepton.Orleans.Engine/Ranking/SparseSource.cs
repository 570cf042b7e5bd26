using Lepton.Orleans.Engine.Neighbours;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// A source whose scores are votes: an item of the history votes for the neighbours in its row, and the score of b is
/// Σ_h recency(age) · share(h) · w(h→b) · discount(b).
/// </summary>
internal readonly struct SparseSource
{
    private readonly RankingModel _model;
    private readonly Source _source;

    private SparseSource(RankingModel model, Source source, NeighbourTable table, float recency, float[]? discounts)
    {
        _model = model;
        _source = source;
        Table = table;
        Weight = model.Weights[source];
        RecencyExponent = recency;
        Discounts = discounts;
    }

    /// <summary>The rows.</summary>
    public NeighbourTable Table { get; }

    /// <summary>The source's weight in the blend.</summary>
    public float Weight { get; }

    /// <summary>Its q in (1+age)^−q.</summary>
    public float RecencyExponent { get; }

    /// <summary>What a vote is multiplied with, by the level of its target's popularity; <see langword="null"/> for nothing.</summary>
    public float[]? Discounts { get; }

    public static SparseSource Transitions(RankingModel model) =>
        new(model, Source.Transitions, model.Transitions, model.Weights.TransitionRecency, model.Tables.TransitionDiscounts);

    public static SparseSource CoOccurrence(RankingModel model) =>
        new(model, Source.CoOccurrence, model.CoOccurrence, model.Weights.CoOccurrenceRecency, model.Tables.CoOccurrenceDiscounts);

    public static SparseSource Neighbourhood(RankingModel model) =>
        new(model, Source.Neighbourhood, model.Neighbourhood, model.Weights.NeighbourhoodRecency, null);

    /// <summary>What the votes of one item of the history are multiplied with.</summary>
    public float Voice(int item, int age) => Recency.Weight(age, RecencyExponent) * Share(item);

    /// <summary>How many entries of an item's row vote.</summary>
    public int Entries(int length, int age) => Recency.Entries(length, Recency.Reach(age, RecencyExponent));

    /// <summary>What a vote for an item is multiplied with.</summary>
    public float Discount(int target) => Discounts is null ? 1f : Discounts[_model.Tables.Levels[target]];

    private float Share(int item) => _source switch
    {
        Source.Transitions => item < _model.TransitionTotals.Length ? _model.Weights.RuleShare(_model.TransitionTotals[item]) : 0f,
        Source.CoOccurrence => _model.Tables.CoOccurrenceShares[_model.Tables.Levels[item]],
        _ => 1f,
    };
}
