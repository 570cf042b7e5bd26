using System.Net;
using System.Net.Sockets;

namespace Lepton.Orleans.Clustering.Consul;

/// <summary>Consul did not do what it was asked for, or holds something that cannot be read.</summary>
public sealed class ConsulException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was asked, and what Consul said.</param>
    /// <param name="statusCode">Consul's answer; null where there was none.</param>
    /// <param name="innerException">The cause.</param>
    public ConsulException(string message, HttpStatusCode? statusCode = null, Exception? innerException = null)
        : base(message, innerException) => StatusCode = statusCode;

    /// <summary>Consul's answer; null where there was none, or where the answer was the trouble.</summary>
    public HttpStatusCode? StatusCode { get; }

    /// <summary>Whether Consul is away, or has no leader: the same request may succeed later.</summary>
    public bool IsOutage => StatusCode is >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests || InnerException is HttpRequestException or SocketException or TimeoutException;
}
