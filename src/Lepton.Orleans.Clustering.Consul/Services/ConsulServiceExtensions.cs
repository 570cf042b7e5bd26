using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Clustering.Consul;

/// <summary>Registration of services in Consul.</summary>
public static class ConsulServiceExtensions
{
    /// <summary>
    /// Registers a service while the host runs: from when it has started until it is told to stop. Consul is where
    /// <see cref="ConsulClusteringOptions"/> says. A host has one; calling this again configures the same.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <returns>The options of the service; they are read when the host has started, and knows its addresses.</returns>
    public static OptionsBuilder<ConsulServiceOptions> AddConsulService(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddConsul();
        services.AddHostedService<ConsulServiceRegistration>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ConsulServiceOptions>, ConsulServiceOptionsValidator>());
        return services.AddOptions<ConsulServiceOptions>();
    }
}
