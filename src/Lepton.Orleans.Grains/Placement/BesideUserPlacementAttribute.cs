using Orleans.Placement;

namespace Lepton.Orleans.Grains.Placement;

/// <summary>Places everything that belongs to one user, by the grain's key, on one silo.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class BesideUserPlacementAttribute() : PlacementAttribute(BesideUserPlacement.Instance);
