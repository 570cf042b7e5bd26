using Microsoft.Extensions.Logging;

namespace Lepton.Orleans.Clustering.Consul.Diagnostics;

/// <summary>What clustering on Consul logs.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "Waiting for Consul at {Address} since {Seconds:F0} s, to join the cluster: {Reason}")]
    public static partial void WaitingForConsul(this ILogger logger, Uri? address, double seconds, string reason);

    [LoggerMessage(2, LogLevel.Information, "Consul at {Address} answers after {Seconds:F0} s")]
    public static partial void ConsulAnswers(this ILogger logger, Uri? address, double seconds);

    [LoggerMessage(3, LogLevel.Information, "Removed the dead silo {Silo} from the membership")]
    public static partial void DefunctSiloRemoved(this ILogger logger, SiloAddress silo);

    [LoggerMessage(4, LogLevel.Debug, "Somebody else has written the membership before the row of {Silo} with version {Version}")]
    public static partial void WriteConflicted(this ILogger logger, SiloAddress silo, int version);

    [LoggerMessage(5, LogLevel.Information, "Registered the service {Service} at {Address}:{Port} with the Consul agent {Agent}")]
    public static partial void ServiceRegistered(this ILogger logger, string service, string address, int port, Uri? agent);

    [LoggerMessage(6, LogLevel.Warning, "The service {Service} could not be registered with Consul, and will be tried again: {Reason}")]
    public static partial void ServiceNotRegistered(this ILogger logger, string service, string reason);

    [LoggerMessage(7, LogLevel.Warning, "The service {Service} could not be taken out of Consul, which will find it gone by itself: {Reason}")]
    public static partial void ServiceNotDeregistered(this ILogger logger, string service, string reason);

    [LoggerMessage(8, LogLevel.Warning, "The certificates for Consul could not be read again, and those that were read before are used on: {Reason}")]
    public static partial void CertificatesNotRead(this ILogger logger, string reason);
}
