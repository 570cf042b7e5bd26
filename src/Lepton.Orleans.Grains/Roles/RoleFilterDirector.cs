using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Lepton.Orleans.Grains.Roles;

/// <summary>Leaves the silos that have the role.</summary>
internal sealed class RoleFilterDirector(RoleMap map) : IPlacementFilterDirector
{
    /// <exception cref="RoleNotServedException">There is none; the caller of the grain gets this exception at once.</exception>
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos)
    {
        var role = ((RoleFilter)filterStrategy).Role;
        var left = silos.Where(silo => map.Has(silo, role)).ToArray();
        return left.Length > 0 ? left : throw new RoleNotServedException(RoleNames.Format(role));
    }
}
