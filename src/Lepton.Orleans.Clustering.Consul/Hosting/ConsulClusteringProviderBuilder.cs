using Lepton.Orleans.Clustering.Consul;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Providers;

[assembly: RegisterProvider("Consul", "Clustering", "Silo", typeof(ConsulClusteringProviderBuilder))]
[assembly: RegisterProvider("Consul", "Clustering", "Client", typeof(ConsulClusteringProviderBuilder))]

namespace Lepton.Orleans.Clustering.Consul;

/// <summary>Lets configuration choose Consul: <c>Orleans:Clustering:ProviderType</c> is <c>Consul</c>, and the options lie beside it.</summary>
internal sealed class ConsulClusteringProviderBuilder : IProviderBuilder<ISiloBuilder>, IProviderBuilder<IClientBuilder>
{
    public void Configure(ISiloBuilder builder, string? name, IConfigurationSection configurationSection) =>
        builder.UseConsulSiloClustering((OptionsBuilder<ConsulClusteringOptions> options) => options.Bind(configurationSection));

    public void Configure(IClientBuilder builder, string? name, IConfigurationSection configurationSection) =>
        builder.UseConsulClientClustering((OptionsBuilder<ConsulClusteringOptions> options) => options.Bind(configurationSection));
}
