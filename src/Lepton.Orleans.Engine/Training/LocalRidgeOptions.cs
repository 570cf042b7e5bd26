namespace Lepton.Orleans.Engine.Training;

/// <summary>Settings of <see cref="LocalRidge"/>.</summary>
public sealed record LocalRidgeOptions
{
    /// <summary>What a pair of items takes during a build.</summary>
    public const int BytesPerPair = 8;

    /// <summary>How many neighbours each item's regression has.</summary>
    public int Neighbours { get; init; } = 100;

    /// <summary>α: neighbours are those with the largest p_i^−α · C_ij, and users count d_u^−α.</summary>
    public float Exponent { get; init; } = .6f;

    /// <summary>λ as a multiple of the mean diagonal of C.</summary>
    public float Regularisation { get; init; } = 3f;

    /// <summary>
    /// The most pairs of items that are counted, <see cref="BytesPerPair"/> each. Where there may be more, the rows of the items with the most
    /// neighbours keep their nearest alone, as many for all: farther ones count as never had together.
    /// </summary>
    public long MaximumPairs { get; init; } = 1L << 28;

    /// <summary>The most targets kept per source item: the bound on a request's work.</summary>
    public int TargetsPerSource { get; init; } = 200;
}
