namespace Lepton.Orleans.Engine.Tuning;

/// <summary>How well popularity that counts half after some time tells what comes next.</summary>
/// <param name="HalfLife">The time.</param>
/// <param name="Recall">Recall@K over all held-out events, each asked for at its time.</param>
/// <param name="Ndcg">NDCG@K over all of them.</param>
public sealed record HalfLifeTrial(TimeSpan HalfLife, double Recall, double Ndcg)
{
    /// <summary>What is compared: recall@K + NDCG@K.</summary>
    public double Gain => Recall + Ndcg;
}
