namespace Lepton.Orleans.Grains.Placement;

/// <summary>The strategy of <see cref="ShardPlacementAttribute"/>.</summary>
[GenerateSerializer, Immutable, Alias("lepton.ShardPlacement")]
internal sealed class ShardPlacement : PlacementStrategy
{
    public static ShardPlacement Instance { get; } = new();
}
