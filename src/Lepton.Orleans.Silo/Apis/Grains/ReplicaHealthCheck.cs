using Lepton.Orleans.Grains.Replication;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>Whether this silo holds what lists are ranked from.</summary>
internal sealed class ReplicaHealthCheck(ReplicaStatus replicas) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(replicas.IsReady(LeptonKey.DefaultTenant)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The replica has not been read yet."));
}
