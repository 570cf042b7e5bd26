using Orleans.Placement;

namespace Lepton.Orleans.Grains.Placement;

/// <summary>Places the shards of a tenant, so few that chance would not spread them, on each silo as many as on any other, or one more.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ShardPlacementAttribute() : PlacementAttribute(ShardPlacement.Instance);
