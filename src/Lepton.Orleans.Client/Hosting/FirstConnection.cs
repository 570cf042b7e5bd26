using Lepton.Orleans.Clustering.Consul;
using Microsoft.Extensions.Logging;

namespace Lepton.Orleans.Client;

/// <summary>
/// A front end may start before its service: it waits, and says so every ten seconds. Where Consul refuses it, as for its token,
/// there is nothing to wait for.
/// </summary>
internal sealed partial class FirstConnection(TimeProvider clock, ILogger<FirstConnection> logger) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(10);

    private long _reported;

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (exception is ConsulException { IsOutage: false })
        {
            return false;
        }

        if (_reported == 0 || clock.GetElapsedTime(_reported) >= ReportInterval)
        {
            _reported = clock.GetTimestamp();
            LogWaiting(logger, exception.Message);
        }

        await Task.Delay(Pause, clock, cancellationToken);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lepton cannot be reached yet, trying again: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string reason);
}
