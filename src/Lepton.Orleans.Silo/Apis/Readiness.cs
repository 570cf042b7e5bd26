using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>
/// Whether the service can do its work. Not to be ready is no error, at the start least of all: it is logged when it changes,
/// and not whenever somebody asks.
/// </summary>
internal sealed class Readiness(HealthCheckService checks, IHostApplicationLifetime lifetime, ILogger<Readiness> logger)
{
    private readonly Lock _gate = new();
    private (string? Obstacle, string? Lack)? _last;

    /// <summary>Asks every check.</summary>
    /// <returns>What is in the way, and what is missing all the same; <see langword="null"/>: nothing.</returns>
    public async Task<(string? Obstacle, string? Lack)> AskAsync(CancellationToken cancellationToken)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return ("The service is leaving.", null);
        }

        var report = await checks.CheckHealthAsync(cancellationToken);
        var (obstacle, lack) = (Of(HealthStatus.Unhealthy), Of(HealthStatus.Degraded));
        Note(obstacle, lack, report.Entries.Values.Select(entry => entry.Exception).FirstOrDefault(exception => exception is not null));
        return (obstacle, lack);

        string? Of(HealthStatus status) =>
            string.Join(' ', report.Entries.Where(entry => entry.Value.Status == status).Select(entry => $"{entry.Key}: {entry.Value.Description}")) is { Length: > 0 } text ? text : null;
    }

    private void Note(string? obstacle, string? lack, Exception? exception)
    {
        lock (_gate)
        {
            var now = (obstacle, lack);
            if (_last == now)
            {
                return;
            }

            // Who was ready before has lost something; who starts has not found it yet.
            if (obstacle is null)
            {
                if (lack is null)
                {
                    logger.Ready();
                }
                else
                {
                    logger.ReadyWithout(lack, exception);
                }
            }
            else if (_last is { Obstacle: null })
            {
                logger.ReadyNoMore(obstacle, exception);
            }
            else
            {
                logger.NotReadyYet(obstacle);
            }

            _last = now;
        }
    }
}
