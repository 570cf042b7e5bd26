namespace Lepton.Orleans.Engine.Evaluation;

/// <summary>Means over all cases.</summary>
/// <param name="Cases">How many cases were asked.</param>
/// <param name="ListLength">K.</param>
/// <param name="Recall">Recall@K.</param>
/// <param name="Ndcg">NDCG@K.</param>
/// <param name="HitRate">Hit rate@K; with one target per case the same as recall, and as what session papers call P@K.</param>
/// <param name="ReciprocalRank">MRR@K.</param>
/// <param name="ScoreMicroseconds">Mean time to answer a case.</param>
public sealed record EvaluationResult(
    int Cases,
    int ListLength,
    double Recall,
    double Ndcg,
    double HitRate,
    double ReciprocalRank,
    double ScoreMicroseconds)
{
    /// <summary>Mean processor time in which the learner learns from an event; 0 where there is none.</summary>
    public double LearnMicroseconds { get; init; }

    /// <summary>What builds within the evaluation took; none where it was given a model.</summary>
    public TrainingCost Training { get; init; }
}
