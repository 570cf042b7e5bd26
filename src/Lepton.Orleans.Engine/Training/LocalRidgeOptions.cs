namespace Lepton.Orleans.Engine.Training;

/// <summary>Settings of <see cref="LocalRidge"/>.</summary>
public sealed record LocalRidgeOptions
{
    /// <summary>How many neighbours each item's regression has.</summary>
    public int Neighbours { get; init; } = 100;

    /// <summary>α: neighbours are those with the largest p_i^−α · C_ij, and users count d_u^−α.</summary>
    public float Exponent { get; init; } = .6f;

    /// <summary>λ as a multiple of the mean diagonal of C.</summary>
    public float Regularisation { get; init; } = 3f;

    /// <summary>The most targets kept per source item: the bound on a request's work.</summary>
    public int TargetsPerSource { get; init; } = 200;
}
