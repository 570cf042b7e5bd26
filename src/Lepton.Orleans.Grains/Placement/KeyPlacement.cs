namespace Lepton.Orleans.Grains.Placement;

/// <summary>The strategy of <see cref="KeyPlacementAttribute"/>.</summary>
[GenerateSerializer, Immutable, Alias("lepton.KeyPlacement")]
internal sealed class KeyPlacement : PlacementStrategy
{
    public static KeyPlacement Instance { get; } = new();
}
