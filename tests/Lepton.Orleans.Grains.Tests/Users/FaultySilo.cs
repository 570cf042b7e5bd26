using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Users;

[assembly: AssemblyFixture(typeof(Lepton.Orleans.Grains.Tests.Users.FaultySilo))]

namespace Lepton.Orleans.Grains.Tests.Users;

/// <summary>One silo in which the call that hands a merged user's events over can be made to fail.</summary>
public sealed class FaultySilo : IAsyncDisposable
{
    private readonly Lazy<StoreServer> _server = new(() => new StoreServer(StoreKind.Garnet));
    private readonly Lazy<Task<LeptonCluster>> _cluster;

    public FaultySilo() => _cluster = new(() => LeptonCluster.StartAsync(
        () => _server.Value.Connect(StoreServers.Patience), StoreKind.Garnet, 1, silo => silo.AddIncomingGrainCallFilter(Fault)));

    internal CallFault Fault { get; } = new(nameof(IUserMergeGrain.AbsorbAsync));

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
