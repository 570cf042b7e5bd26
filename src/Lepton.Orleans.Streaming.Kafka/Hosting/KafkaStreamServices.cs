using Lepton.Orleans.Streaming.Kafka.Adapters;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>What silos and clients need alike.</summary>
internal static class KafkaStreamServices
{
    public static void AddKafkaStreamServices(this IServiceCollection services, string name)
    {
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<KafkaMetrics>();
        services.ConfigureNamedOptionForLogging<KafkaStreamOptions>(name);

        // The one that stream providers know, so that it can be injected by the provider's name.
        services.AddKeyedSingleton<KafkaDeadLetters>(
            name, (provider, _) => ((KafkaQueueAdapterFactory)provider.GetRequiredKeyedService<IQueueAdapterFactory>(name)).DeadLetters);
    }
}
