using System.Net;
using Lepton.Orleans.Clustering.Consul;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Silo.Security;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Lepton.Orleans.Silo.Clustering;

/// <summary>
/// Describes this silo's API to Consul, once it listens: under the cluster's name, at the address that other silos know it
/// by where it listens on all, and to be given requests while it is ready. Of several addresses it is one that others can reach. A silo that answers no requests is found under
/// another name, by those who look after it.
/// </summary>
internal sealed class ApiServiceSetup(IServer server, ILocalSiloDetails silo, HostedRoles hosted, IOptions<ClusterOptions> cluster, ILogger<ApiServiceSetup> logger) : IConfigureOptions<ConsulServiceOptions>
{
    private const string WithoutApi = "-without-api";

    /// <inheritdoc/>
    public void Configure(ConsulServiceOptions options)
    {
        var addresses = server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        var binding = BindingAddress.Parse(addresses.FirstOrDefault(address => !LoopbackRule.IsLoopback(address)) ?? addresses.First());
        var others = silo.SiloAddress.Endpoint.Address;
        options.Name = hosted.Has(SiloRoles.Api) ? cluster.Value.ClusterId : cluster.Value.ClusterId + WithoutApi;
        options.Address = AddressOf(binding.Host, others).ToString();
        options.Port = binding.Port;

        // Not by the address of the service: that may be the loopback address of each machine.
        options.Id = $"{cluster.Value.ClusterId}-{others}-{options.Port}";
        if (IPAddress.IsLoopback(IPAddress.Parse(options.Address)) && !IPAddress.IsLoopback(others))
        {
            logger.ApiOutOfReach(options.Address, options.Port, others);
        }

        foreach (var tag in (string[])[.. RoleNames.Of(hosted.Roles), $"version-{typeof(ApiServiceSetup).Assembly.GetName().Version?.ToString(3)}"])
        {
            options.Tags.Add(tag);
        }

        options.CheckUrl = new UriBuilder(binding.Scheme, options.Address, options.Port, "/api/health/ready").Uri;
    }

    private static IPAddress AddressOf(string host, IPAddress others)
    {
        if (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return IPAddress.Loopback;
        }

        // A name that is not localhost is bound to every address.
        return IPAddress.TryParse(host, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
            ? address
            : others;
    }
}
