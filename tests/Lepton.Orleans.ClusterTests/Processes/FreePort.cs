using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>
/// Loopback ports for servers that must keep theirs over a restart: below the ephemeral range, so that no outgoing
/// connection takes one while its server is down, and in a range of this process's own, so that no other run of tests does.
/// </summary>
internal static class FreePort
{
    private const int Ports = 500;
    private static readonly int First = 20_000 + Environment.ProcessId % 24 * Ports;
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    public static int Next()
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var port = First + Random.Shared.Next(Ports);
            if (IsFree(port) && Given.TryAdd(port, true))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No free port between {First} and {First + Ports} on loopback.");
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
