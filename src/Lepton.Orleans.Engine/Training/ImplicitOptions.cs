namespace Lepton.Orleans.Engine.Training;

/// <summary>Settings of <see cref="ImplicitFactorisation"/>.</summary>
public sealed record ImplicitOptions
{
    /// <summary>The length of a vector, a multiple of 32 up to 512.</summary>
    public int Dimensions { get; init; } = 128;

    /// <summary>w0, what an item counts that a user does not have.</summary>
    public float UnobservedWeight { get; init; } = .2f;

    /// <summary>λ.</summary>
    public float Regularisation { get; init; } = .005f;

    /// <summary>How often users and items are solved for.</summary>
    public int Sweeps { get; init; } = 6;

    /// <summary>
    /// The events an item has to have on the mean for this to be tried: where they are fewer, it was never better than the
    /// decomposition that is there anyway.
    /// </summary>
    public float MinimumDensity { get; init; } = 64f;
}
