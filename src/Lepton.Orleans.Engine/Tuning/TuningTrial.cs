using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Tuning;

/// <summary>What a search has found out about some knobs: how well the blend that is learned with them ranks the held-out ends.</summary>
/// <param name="Knobs">The knobs.</param>
/// <param name="Weights">The weights that were learned; <see langword="null"/> where the trial took longer than it may.</param>
/// <param name="Recall">Recall@K over all held-out users.</param>
/// <param name="Ndcg">NDCG@K over all of them.</param>
public sealed record TuningTrial(Knobs Knobs, BlendWeights? Weights, double Recall, double Ndcg)
{
    /// <summary>What the search maximises: recall@K + NDCG@K.</summary>
    public double Gain => Recall + Ndcg;
}
