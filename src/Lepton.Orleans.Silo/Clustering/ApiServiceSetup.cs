using System.Net;
using Lepton.Orleans.Clustering.Consul;
using Lepton.Orleans.Grains.Roles;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Lepton.Orleans.Silo.Clustering;

/// <summary>
/// Describes this silo's API to Consul, once it listens: under the cluster's name, at the address that other silos know it
/// by where it listens on all, and to be given requests while it is ready. A silo that answers no requests is found under
/// another name, by those who look after it.
/// </summary>
internal sealed class ApiServiceSetup(IServer server, ILocalSiloDetails silo, HostedRoles hosted, IOptions<ClusterOptions> cluster) : IConfigureOptions<ConsulServiceOptions>
{
    private const string WithoutApi = "-without-api";

    /// <inheritdoc/>
    public void Configure(ConsulServiceOptions options)
    {
        var binding = BindingAddress.Parse(server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
        options.Name = hosted.Has(SiloRoles.Api) ? cluster.Value.ClusterId : cluster.Value.ClusterId + WithoutApi;
        options.Address = AddressOf(binding.Host).ToString();
        options.Port = binding.Port;
        options.Id = $"{cluster.Value.ClusterId}-{options.Address}-{options.Port}";
        foreach (var tag in (string[])[.. RoleNames.Of(hosted.Roles), $"version-{typeof(ApiServiceSetup).Assembly.GetName().Version?.ToString(3)}"])
        {
            options.Tags.Add(tag);
        }

        options.CheckUrl = new UriBuilder(binding.Scheme, options.Address, options.Port, "/api/health/ready").Uri;
    }

    private IPAddress AddressOf(string host)
    {
        if (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return IPAddress.Loopback;
        }

        // A name that is not localhost is bound to every address.
        return IPAddress.TryParse(host, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
            ? address
            : silo.SiloAddress.Endpoint.Address;
    }
}
