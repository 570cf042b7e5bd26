using Orleans.Placement;

namespace Lepton.Orleans.Grains.Placement;

/// <summary>Places a grain by its key, so that every silo knows where it belongs.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class KeyPlacementAttribute() : PlacementAttribute(KeyPlacement.Instance);
