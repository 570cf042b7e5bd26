namespace Lepton.Orleans.Grains.Placement;

/// <summary>The strategy of <see cref="BesideUserPlacementAttribute"/>.</summary>
[GenerateSerializer, Immutable, Alias("lepton.BesideUserPlacement")]
internal sealed class BesideUserPlacement : PlacementStrategy
{
    public static BesideUserPlacement Instance { get; } = new();
}
