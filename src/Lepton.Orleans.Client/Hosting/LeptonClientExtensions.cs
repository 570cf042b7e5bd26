using Lepton.Orleans.Clustering.Consul;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;
using Orleans.Serialization;

namespace Lepton.Orleans.Client;

/// <summary>Adds a client of Lepton to a front end.</summary>
public static class LeptonClientExtensions
{
    private const string DefaultName = "lepton";

    // As often as silos look at their table; a gateway that does not answer is left out at once.
    private static readonly TimeSpan RefreshPeriod = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="AddLeptonClient(IServiceCollection, IConfiguration)"/>
    /// <param name="builder">The front end.</param>
    public static IHostApplicationBuilder AddLeptonClient(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddLeptonClient(builder.Configuration);
        return builder;
    }

    /// <summary>
    /// Adds a <see cref="LeptonClient"/> and its connection, which is made when the host starts: it waits for the service, saying so.
    /// Gateways are found in <c>Lepton:Consul</c>, with the settings beside it that a silo has; or they are
    /// <see cref="LeptonClientOptions.Gateways"/>. The cluster is <c>Orleans:ClusterId</c> and <c>Orleans:ServiceId</c>.
    /// </summary>
    /// <param name="services">The front end's services.</param>
    /// <param name="configuration">Its configuration.</param>
    /// <exception cref="OptionsValidationException">A setting cannot be used; thrown here or when the host starts.</exception>
    public static IServiceCollection AddLeptonClient(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<LeptonClientOptions>().Bind(configuration.GetSection(LeptonClientOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<LeptonClientOptions>, LeptonClientOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<LeptonClient>();

        // A front end need not reference Orleans, so nothing else may lead to the records that calls are made of.
        services.AddSerializer(serializer => serializer.AddAssembly(typeof(LeptonKey).Assembly));
        var consul = Consul(configuration);
        return services.AddOrleansClient(configuration, client =>
        {
            var orleans = configuration.GetSection("Orleans");
            client.Configure<ClusterOptions>(options =>
                (options.ServiceId, options.ClusterId) = (orleans["ServiceId"] ?? DefaultName, orleans["ClusterId"] ?? DefaultName));
            client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = RefreshPeriod);
            client.Services.AddOptions<ClientMessagingOptions>().Configure<IOptions<LeptonClientOptions>>(
                (messaging, options) => messaging.ResponseTimeout = options.Value.ResponseTimeout);
            client.UseConnectionRetryFilter<FirstConnection>();
            if (consul is null)
            {
                client.Services.AddSingleton<IGatewayListProvider, NamedGateways>();
            }
            else
            {
                client.UseConsulClientClustering((OptionsBuilder<ConsulClusteringOptions> options) =>
                    options.Bind(configuration.GetSection(ConsulSetting.Key)).Configure(clustering => clustering.Address = consul));
            }
        });
    }

    private static Uri? Consul(IConfiguration configuration)
    {
        const string gateways = $"{LeptonClientOptions.Section}:{nameof(LeptonClientOptions.Gateways)}";
        var address = ConsulSetting.Read(configuration, $"and name {gateways}");
        return address is not null && configuration.GetSection(gateways).GetChildren().Any()
            ? throw ConsulSetting.Invalid($"{ConsulSetting.Key} is '{configuration[ConsulSetting.Key]}' and {gateways} is set, too; gateways are found in Consul or named, so remove one of the two.")
            : address;
    }
}
