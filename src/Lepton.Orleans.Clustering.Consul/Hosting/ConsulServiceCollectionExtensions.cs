using Lepton.Orleans.Clustering.Consul.Api;
using Lepton.Orleans.Clustering.Consul.Membership;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly;

namespace Lepton.Orleans.Clustering.Consul;

/// <summary>What a silo and a client have in common.</summary>
internal static class ConsulServiceCollectionExtensions
{
    // An agent holds a request for seven seconds while its servers elect a leader.
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan TotalTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Adds the API, its HTTP client and the membership table; the last is what gateways are listed from, too.</summary>
    public static OptionsBuilder<ConsulClusteringOptions> AddConsul(this IServiceCollection services)
    {
        var options = services.AddOptions<ConsulClusteringOptions>().ValidateOnStart();
        if (services.Any(service => service.ServiceType == typeof(ConsulClient)))
        {
            return options;
        }

        services.AddSingleton<IValidateOptions<ConsulClusteringOptions>, ConsulClusteringOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ConsulClient>();
        services.AddSingleton<ConsulHttpHandler>();
        services.AddSingleton<ConsulReads>();
        services.AddSingleton<ConsulMembershipTable>();

        // The pipeline's limits end with the headers; this one holds for the body as well.
        services.AddHttpClient(ConsulClient.HttpClientName, client => client.Timeout = TotalTimeout)
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(provider => provider.GetRequiredService<ConsulHttpHandler>().Create())
            .AddResilienceHandler("consul", ConfigurePipeline);
        return options;
    }

    private static void ConfigurePipeline(ResiliencePipelineBuilder<HttpResponseMessage> pipeline)
    {
        var retry = new HttpRetryStrategyOptions { MaxRetryAttempts = 3, Delay = TimeSpan.FromMilliseconds(200), BackoffType = DelayBackoffType.Exponential, UseJitter = true };

        // A transaction that was done and not answered would meet its own index and be taken for a conflict; who wrote
        // reads again before he repeats.
        retry.DisableForUnsafeHttpMethods();
        pipeline.AddTimeout(TotalTimeout).AddRetry(retry).AddTimeout(AttemptTimeout);
    }
}
