using Lepton.Orleans.Clustering.Consul.Api;
using Lepton.Orleans.Clustering.Consul.Membership;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace Lepton.Orleans.Clustering.Consul.Tests;

/// <summary>Tables as a silo gets them, without the silo.</summary>
internal static class ConsulServices
{
    public static ServiceProvider Create(string clusterId, Action<ConsulClusteringOptions> configure, HttpMessageHandler? answers = null, ILoggerProvider? logs = null, double hurry = 1)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging =>
        {
            if (logs is not null)
            {
                logging.AddProvider(logs);
            }
        });
        services.AddConsul().Configure(configure);
        services.Configure<ClusterOptions>(options => options.ClusterId = clusterId);
        services.AddSingleton<ConsulGatewayListProvider>();
        if (answers is not null)
        {
            // So much sooner than it would, the client gives up.
            services.AddHttpClient(ConsulClient.HttpClientName, client => client.Timeout /= hurry).ConfigurePrimaryHttpMessageHandler(() => answers);
        }

        return services.BuildServiceProvider();
    }

    public static ConsulMembershipTable Table(this ServiceProvider services) => services.GetRequiredService<ConsulMembershipTable>();
}
