using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Lepton.Orleans.Client;

/// <summary>A gateway as settings name it.</summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Port">The port.</param>
internal readonly record struct GatewayName(string Host, int Port)
{
    /// <summary>Reads <c>host:port</c>, an address of version 6 in brackets.</summary>
    public static bool TryParse(string? text, out GatewayName name)
    {
        var colon = text?.LastIndexOf(':') ?? -1;
        name = default;
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > ushort.MaxValue)
        {
            return false;
        }

        var host = text![..colon];
        name = new GatewayName(host.Trim('[', ']'), port);
        return Uri.CheckHostName(host) != UriHostNameType.Unknown;
    }

    /// <summary>The addresses that the name stands for now; none where it is not known.</summary>
    public async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(CancellationToken cancellationToken)
    {
        try
        {
            var port = Port;
            return [.. (await Dns.GetHostAddressesAsync(Host, cancellationToken)).Select(address => new IPEndPoint(address, port))];
        }
        catch (SocketException)
        {
            return []; // of several gateways one may be gone from DNS while its silo is
        }
    }
}
