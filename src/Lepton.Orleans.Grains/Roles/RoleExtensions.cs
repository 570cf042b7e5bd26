using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Lepton.Orleans.Grains.Roles;

/// <summary>Gives a silo its roles.</summary>
public static class RoleExtensions
{
    /// <summary>This silo has these roles, and tells the others. Without it a silo has all, and takes all others to have all.</summary>
    public static ISiloBuilder UseRoles(this ISiloBuilder silo, SiloRoles roles)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.Services.AddSingleton(new HostedRoles(roles));
        return silo.UseSiloMetadata(new Dictionary<string, string>(StringComparer.Ordinal) { [RoleMap.MetadataKey] = RoleNames.Format(roles) });
    }
}
