using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Servers;

[assembly: AssemblyFixture(typeof(OneSilo))]

namespace Lepton.Orleans.Grains.Tests.Clusters;

/// <summary>One silo for the whole run, started when the first test asks. Tests keep apart by their tenants.</summary>
public sealed class OneSilo : IAsyncDisposable
{
    private readonly Lazy<StoreServer> _server = new(() => new StoreServer(StoreKind.Garnet));
    private readonly Lazy<Task<LeptonCluster>> _cluster;

    public OneSilo() => _cluster = new(() => LeptonCluster.StartAsync(() => _server.Value.Connect(StoreServers.Patience), StoreKind.Garnet, 1));

    public Task<LeptonCluster> ClusterAsync() => _cluster.Value;

    public async ValueTask DisposeAsync()
    {
        if (_cluster.IsValueCreated)
        {
            await (await _cluster.Value).DisposeAsync();
            _server.Value.Dispose();
        }
    }
}
