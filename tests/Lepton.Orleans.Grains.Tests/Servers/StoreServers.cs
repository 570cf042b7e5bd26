using Lepton.Orleans.Grains.Tests.Servers;
using StackExchange.Redis;

[assembly: AssemblyFixture(typeof(StoreServers))]

namespace Lepton.Orleans.Grains.Tests.Servers;

/// <summary>One server of each kind for the whole run, started when the first test asks. Tests keep apart by their keys.</summary>
public sealed class StoreServers : IDisposable
{
    /// <summary>How long these tests wait for an answer: they are about what is stored, not about how fast.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lazy<StoreServer> _garnet = new(() => new StoreServer(StoreKind.Garnet));
    private readonly Lazy<StoreServer> _redis = new(() => new StoreServer(StoreKind.Redis));

    /// <summary>A connection of the caller's own; skips the test where the machine lacks the server.</summary>
    public ConnectionMultiplexer Connect(StoreKind kind)
    {
        if (kind == StoreKind.Redis && StoreServer.RedisPath is null)
        {
            Assert.Skip("redis-server is not on the PATH.");
        }

        return (kind == StoreKind.Garnet ? _garnet : _redis).Value.Connect(Patience);
    }

    public void Dispose()
    {
        foreach (var server in new[] { _garnet, _redis })
        {
            if (server.IsValueCreated)
            {
                server.Value.Dispose();
            }
        }
    }
}
