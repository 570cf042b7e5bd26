using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Training;

/// <summary>What a source comes to without the others.</summary>
/// <param name="Source">The source.</param>
/// <param name="Recall">Recall@K on the held-out ends.</param>
/// <param name="Ndcg">NDCG@K on them.</param>
public sealed record SourceAlone(Source Source, double Recall, double Ndcg)
{
    /// <summary>What the learning of weights maximises: recall@K + NDCG@K.</summary>
    public double Gain => Recall + Ndcg;
}
