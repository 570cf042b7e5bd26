using Lepton.Orleans.Grains.Roles;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>Whether a grain of this silo can be reached and reads from its store; where the silo hosts none that could, whether the store answers.</summary>
internal sealed class StoreHealthCheck(TenantGrains grains, HostedRoles? hosted = null, IConnectionMultiplexer? store = null) : IHealthCheck
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            // It is about this silo: whether another one is well is asked of that one.
            Task answer = store is null || hosted is null || hosted.Has(SiloRoles.Items) ? grains.Everyone.ListUsersAsync(1, "") : store.GetDatabase().PingAsync();
            await answer.WaitAsync(MaxWait, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy("The store does not answer.", exception);
        }
    }
}
