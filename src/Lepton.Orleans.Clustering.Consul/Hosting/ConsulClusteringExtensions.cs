using Lepton.Orleans.Clustering.Consul.Membership;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Lepton.Orleans.Clustering.Consul;

/// <summary>Clustering on Consul, for silos and clients.</summary>
public static class ConsulClusteringExtensions
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);
    private static readonly TimeSpan OrleansOwnWait = new ClusterMembershipOptions().MaxJoinAttemptTime;

    /// <summary>Keeps the silo's membership in Consul's key-value store.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="configureOptions">Where Consul is.</param>
    /// <remarks>
    /// A silo waits for a Consul that is away for up to an hour: <see cref="ClusterMembershipOptions.MaxJoinAttemptTime"/>, unless it is set to
    /// something else than Orleans' five minutes.
    /// </remarks>
    public static ISiloBuilder UseConsulSiloClustering(this ISiloBuilder builder, Action<ConsulClusteringOptions> configureOptions) =>
        builder.UseConsulSiloClustering((OptionsBuilder<ConsulClusteringOptions> options) => options.Configure(configureOptions));

    /// <inheritdoc cref="UseConsulSiloClustering(ISiloBuilder, Action{ConsulClusteringOptions})"/>
    public static ISiloBuilder UseConsulSiloClustering(this ISiloBuilder builder, Action<OptionsBuilder<ConsulClusteringOptions>> configureOptions)
    {
        ArgumentNullException.ThrowIfNull(configureOptions);
        return builder.ConfigureServices(services =>
        {
            configureOptions(services.AddConsul());
            services.AddSingleton<IMembershipTable>(provider => provider.GetRequiredService<ConsulMembershipTable>());

            // Counted from a silo's start. Orleans evicts who has not joined by then, itself too: a silo that has waited for
            // Consul longer than the five minutes that it allows would end itself as soon as Consul is back.
            services.PostConfigure<ClusterMembershipOptions>(options =>
            {
                if (options.MaxJoinAttemptTime == OrleansOwnWait)
                {
                    options.MaxJoinAttemptTime = LongestWait;
                }
            });
        });
    }

    /// <summary>Finds the cluster's gateways in Consul's key-value store.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="configureOptions">Where Consul is.</param>
    public static IClientBuilder UseConsulClientClustering(this IClientBuilder builder, Action<ConsulClusteringOptions> configureOptions) =>
        builder.UseConsulClientClustering((OptionsBuilder<ConsulClusteringOptions> options) => options.Configure(configureOptions));

    /// <inheritdoc cref="UseConsulClientClustering(IClientBuilder, Action{ConsulClusteringOptions})"/>
    public static IClientBuilder UseConsulClientClustering(this IClientBuilder builder, Action<OptionsBuilder<ConsulClusteringOptions>> configureOptions)
    {
        ArgumentNullException.ThrowIfNull(configureOptions);
        return builder.ConfigureServices(services =>
        {
            configureOptions(services.AddConsul());
            services.AddSingleton<IGatewayListProvider, ConsulGatewayListProvider>();
        });
    }
}
