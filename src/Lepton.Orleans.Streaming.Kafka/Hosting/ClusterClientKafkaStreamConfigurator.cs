using Lepton.Orleans.Streaming.Kafka.Adapters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>Configures a stream provider on Kafka in a client.</summary>
public sealed class ClusterClientKafkaStreamConfigurator : ClusterClientPersistentStreamConfigurator
{
    internal ClusterClientKafkaStreamConfigurator(string name, IClientBuilder builder)
        : base(name, builder, KafkaQueueAdapterFactory.Create) => ConfigureDelegate(services =>
        {
            services.AddKafkaStreamServices(name);
            services.AddTransient<IConfigurationValidator>(provider => new KafkaStreamOptionsValidator(
                provider.GetRequiredService<IOptionsMonitor<KafkaStreamOptions>>().Get(name), agents: null, name));
        });

    /// <summary>Sets the options.</summary>
    public ClusterClientKafkaStreamConfigurator ConfigureKafka(Action<OptionsBuilder<KafkaStreamOptions>> configure)
    {
        this.Configure(configure);
        return this;
    }

    /// <inheritdoc cref="SiloKafkaStreamConfigurator.UseJson" />
    public ClusterClientKafkaStreamConfigurator UseJson() => UseDataAdapter((_, _) => new JsonKafkaDataAdapter());

    /// <inheritdoc cref="SiloKafkaStreamConfigurator.UseDataAdapter" />
    public ClusterClientKafkaStreamConfigurator UseDataAdapter(Func<IServiceProvider, string, IKafkaDataAdapter> factory)
    {
        this.ConfigureComponent(factory);
        return this;
    }
}
