using System.Collections.Concurrent;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Lepton.Orleans.Grains.Roles;

/// <summary>Which active silo has which roles, as far as this one knows.</summary>
/// <remarks>
/// A silo that joins is asked for its roles within moments. Until it has answered it counts as one that has none: nothing is
/// placed where it might not belong.
/// </remarks>
/// <param name="hosted">This silo's roles.</param>
/// <param name="local">This silo.</param>
/// <param name="oracle">Knows which silos are active.</param>
/// <param name="metadata">What silos tell of themselves; absent: all silos have all roles.</param>
public sealed class RoleMap(HostedRoles hosted, ILocalSiloDetails local, ISiloStatusOracle oracle, ISiloMetadataCache? metadata = null)
{
    /// <summary>The entry of a silo's metadata that names its roles.</summary>
    public const string MetadataKey = "lepton.roles";

    // A silo that is started again is another silo, so what was learned of one stays true.
    private readonly ConcurrentDictionary<SiloAddress, SiloRoles> _known = new();

    /// <summary>This silo.</summary>
    public SiloAddress LocalSilo => local.SiloAddress;

    /// <summary>Whether no other silo is active.</summary>
    public bool IsAlone => Active.All(silo => silo.Equals(LocalSilo));

    /// <summary>A silo's roles; <see langword="null"/> until they are known.</summary>
    public SiloRoles? RolesOf(SiloAddress silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        if (silo.Equals(LocalSilo))
        {
            return hosted.Roles;
        }

        if (metadata is null)
        {
            return SiloRoles.All;
        }

        if (_known.TryGetValue(silo, out var known))
        {
            return known;
        }

        // A role of a later release is none that is asked for here.
        return metadata.GetSiloMetadata(silo).Metadata.TryGetValue(MetadataKey, out var text)
            ? _known[silo] = text.Split(',').Aggregate(SiloRoles.None, (roles, name) => roles | RoleNames.Parse(name, out _))
            : null;
    }

    /// <summary>Whether a silo is known to have a role.</summary>
    public bool Has(SiloAddress silo, SiloRoles role) => ((RolesOf(silo) ?? SiloRoles.None) & role) == role;

    /// <summary>The active silos that are known to have a role.</summary>
    public IReadOnlyList<SiloAddress> SilosOf(SiloRoles role) => [.. Active.Where(silo => Has(silo, role))];

    /// <summary>The active silos with their roles, in the order of their addresses: equal as long as nothing changes.</summary>
    public IReadOnlyList<(SiloAddress Silo, SiloRoles? Roles)> Layout() => [.. Active.Order().Select(silo => (silo, RolesOf(silo)))];

    private IEnumerable<SiloAddress> Active => oracle.GetApproximateSiloStatuses(onlyActive: true).Keys;
}
