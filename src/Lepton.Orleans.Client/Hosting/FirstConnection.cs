using Microsoft.Extensions.Logging;

namespace Lepton.Orleans.Client;

/// <summary>A front end may start before its service: it waits, and says so.</summary>
internal sealed partial class FirstConnection(ILogger<FirstConnection> logger) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        LogWaiting(logger, exception.Message);
        await Task.Delay(Pause, cancellationToken);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lepton cannot be reached yet, trying again: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string reason);
}
