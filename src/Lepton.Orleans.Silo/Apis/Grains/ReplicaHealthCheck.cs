using Lepton.Orleans.Grains.Replication;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>Whether this silo holds what lists are ranked from; an edge without a replica of its own needs none.</summary>
internal sealed class ReplicaHealthCheck(ReplicaStatus? replicas = null) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(replicas?.IsReady(LeptonKey.DefaultTenant) is not false
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The replica has not been read yet."));
}
