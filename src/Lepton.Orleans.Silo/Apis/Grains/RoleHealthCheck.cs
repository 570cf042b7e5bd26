using Lepton.Orleans.Grains.Roles;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>
/// Whether this silo has met silos of every role that its API asks. Once it has, the loss of a role is not its own: requests that
/// need none of it are still answered.
/// </summary>
internal sealed class RoleHealthCheck(HostedRoles? hosted = null, RoleMap? map = null) : IHealthCheck
{
    private static readonly SiloRoles[] Asked = [SiloRoles.Users, SiloRoles.Items, SiloRoles.Recommendations];

    private bool _hasMetAll;

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (_hasMetAll || map is null || hosted?.Has(SiloRoles.Api) is false)
        {
            return Task.FromResult(HealthCheckResult.Healthy());
        }

        var missing = Asked.Where(role => map.SilosOf(role).Count == 0).Aggregate(SiloRoles.None, (all, role) => all | role);
        _hasMetAll = missing == SiloRoles.None;
        return Task.FromResult(_hasMetAll
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy($"No silo has the role {string.Join(", ", RoleNames.Of(missing))}."));
    }
}
