using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Lepton.Orleans.Clustering.Consul.Membership;

/// <summary>The gateways of a cluster: its active silos that take clients.</summary>
internal sealed class ConsulGatewayListProvider(ConsulMembershipTable table, IOptions<GatewayOptions> options) : IGatewayListProvider
{
    public TimeSpan MaxStaleness => options.Value.GatewayListRefreshPeriod;

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProviderAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public async Task<IList<Uri>> GetGatewaysAsync(CancellationToken cancellationToken = default)
    {
        var members = (await table.ReadAllAsync(cancellationToken)).Members.Select(member => member.Item1);
        return
        [
            .. members.Where(silo => silo is { Status: SiloStatus.Active, ProxyPort: > 0 })
                .Select(silo => SiloAddress.New(silo.SiloAddress.Endpoint.Address, silo.ProxyPort, silo.SiloAddress.Generation).ToGatewayUri()),
        ];
    }

    public Task InitializeGatewayListProvider() => InitializeGatewayListProviderAsync();

    public Task<IList<Uri>> GetGateways() => GetGatewaysAsync();
}
