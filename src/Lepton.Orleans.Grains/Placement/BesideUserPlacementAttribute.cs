using Orleans.Placement;

namespace Lepton.Orleans.Grains.Placement;

/// <summary>Places a grain beside the user of the same key, where the user's silo may host it; else by its own key.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class BesideUserPlacementAttribute() : PlacementAttribute(BesideUserPlacement.Instance);
