using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>Whether a grain can be reached and reads from its store.</summary>
internal sealed class StoreHealthCheck(TenantGrains grains) : IHealthCheck
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            _ = await grains.Everyone.ListUsersAsync(1, "").WaitAsync(MaxWait, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy("The store does not answer.", exception);
        }
    }
}
