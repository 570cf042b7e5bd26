using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>
/// Loopback ports for servers that must keep theirs over a restart: below the ephemeral range, so that no outgoing
/// connection takes one while its server is down.
/// </summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Last = 32_000;
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    public static int Next()
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var port = Random.Shared.Next(First, Last);
            if (IsFree(port) && Given.TryAdd(port, true))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No free port between {First} and {Last} on loopback.");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
