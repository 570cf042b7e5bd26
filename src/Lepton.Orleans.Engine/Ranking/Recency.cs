namespace Lepton.Orleans.Engine.Ranking;

/// <summary>How much an entry of a history counts by its age.</summary>
public static class Recency
{
    /// <summary>(1+age)^−q.</summary>
    /// <param name="age">0 for the newest entry.</param>
    /// <param name="exponent">q; 0 where order is not known.</param>
    public static float Weight(int age, float exponent) => exponent switch
    {
        0f => 1f,
        1f => 1f / (1 + age),
        .5f => 1f / MathF.Sqrt(1 + age),
        _ => MathF.Pow(1 + age, -exponent),
    };
}
