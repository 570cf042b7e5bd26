using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>
/// Whether the service can do its work. Not to be ready is no error, at the start least of all: it is logged when it changes,
/// and not whenever somebody asks.
/// </summary>
internal sealed class Readiness(HealthCheckService checks, IHostApplicationLifetime lifetime, ILogger<Readiness> logger)
{
    private readonly Lock _gate = new();
    private string? _last;

    /// <summary>What is in the way; <see langword="null"/>: nothing.</summary>
    public async Task<string?> ObstacleAsync(CancellationToken cancellationToken)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return "The service is leaving.";
        }

        var report = await checks.CheckHealthAsync(cancellationToken);
        var failed = report.Entries.Where(entry => entry.Value.Status == HealthStatus.Unhealthy).ToList();
        var obstacle = report.Status == HealthStatus.Unhealthy ? string.Join(' ', failed.Select(entry => $"{entry.Key}: {entry.Value.Description}")) : null;
        Note(obstacle, failed.Select(entry => entry.Value.Exception).FirstOrDefault(exception => exception is not null));
        return obstacle;
    }

    private void Note(string? obstacle, Exception? exception)
    {
        lock (_gate)
        {
            if (_last == (obstacle ?? ""))
            {
                return;
            }

            // Who was ready before has lost something; who starts has not found it yet.
            if (obstacle is null)
            {
                logger.Ready();
            }
            else if (_last == "")
            {
                logger.ReadyNoMore(obstacle, exception);
            }
            else
            {
                logger.NotReadyYet(obstacle);
            }

            _last = obstacle ?? "";
        }
    }
}
