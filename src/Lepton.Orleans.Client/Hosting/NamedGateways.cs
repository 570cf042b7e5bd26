using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Lepton.Orleans.Client;

/// <summary>The gateways that settings name.</summary>
internal sealed class NamedGateways(IOptions<LeptonClientOptions> options, IOptions<GatewayOptions> gateway) : IGatewayListProvider
{
    private static readonly GatewayName Local = new(IPAddress.Loopback.ToString(), EndpointOptions.DEFAULT_GATEWAY_PORT);

    public TimeSpan MaxStaleness => gateway.Value.GatewayListRefreshPeriod;

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProviderAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public async Task<IList<Uri>> GetGatewaysAsync(CancellationToken cancellationToken = default)
    {
        var names = options.Value.Gateways.Select(text => GatewayName.TryParse(text, out var name) ? name : throw new FormatException(text)).DefaultIfEmpty(Local);
        var addresses = await Task.WhenAll(names.Select(name => name.ResolveAsync(cancellationToken)));
        return [.. addresses.SelectMany(found => found).Distinct().Select(address => address.ToGatewayUri())];
    }

    public Task InitializeGatewayListProvider() => InitializeGatewayListProviderAsync();

    public Task<IList<Uri>> GetGateways() => GetGatewaysAsync();
}
