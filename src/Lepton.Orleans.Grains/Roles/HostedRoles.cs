namespace Lepton.Orleans.Grains.Roles;

/// <summary>The roles of this silo, from its start to its end.</summary>
/// <param name="Roles">The roles.</param>
public sealed record HostedRoles(SiloRoles Roles)
{
    // Users and training only look up what belongs to an item, but that is the catalogue.
    private const SiloRoles Ranking = SiloRoles.Users | SiloRoles.Items | SiloRoles.Recommendations | SiloRoles.Training;

    /// <summary>Whether this silo holds a copy of catalogue and model.</summary>
    public bool HoldsReplica => (Roles & Ranking) != 0;

    /// <summary>Whether this silo has a role.</summary>
    public bool Has(SiloRoles role) => (Roles & role) == role;
}
