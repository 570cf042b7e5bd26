using Orleans.Placement;

namespace Lepton.Orleans.Grains.Roles;

/// <summary>A grain is hosted by silos that have a role, and by no others.</summary>
/// <param name="role">The role.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class HostedByAttribute(SiloRoles role) : PlacementFilterAttribute(new RoleFilter(role))
{
    /// <summary>The role.</summary>
    public SiloRoles Role => role;
}
