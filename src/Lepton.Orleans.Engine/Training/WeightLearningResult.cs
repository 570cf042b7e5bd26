using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Training;

/// <summary>What the learning of weights found.</summary>
/// <param name="Weights">The best weights found.</param>
/// <param name="Users">How many users' ends were held out.</param>
/// <param name="Recall">Recall@K on them with these weights.</param>
/// <param name="Ndcg">NDCG@K on them with these weights.</param>
/// <param name="StartRecall">Recall@K with the weights that it started from.</param>
/// <param name="StartNdcg">NDCG@K with the weights that it started from.</param>
public sealed record WeightLearningResult(BlendWeights Weights, int Users, double Recall, double Ndcg, double StartRecall, double StartNdcg)
{
    /// <summary>What every source comes to by itself, in its best form.</summary>
    public IReadOnlyList<SourceAlone> Alone { get; init; } = [];

    /// <summary>The best of them.</summary>
    public SourceAlone? BestAlone => Alone.MaxBy(static source => source.Gain);
}
