using Lepton.Orleans.Streaming.Kafka;

namespace Orleans.Hosting;

/// <summary>Adds stream providers on Kafka to silos and clients.</summary>
public static class KafkaStreamExtensions
{
    /// <summary>Adds a stream provider to a silo: it sends, receives and delivers.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="name">The provider's name.</param>
    /// <param name="configure">Sets the options.</param>
    public static ISiloBuilder AddKafkaStreams(this ISiloBuilder builder, string name, Action<KafkaStreamOptions> configure) =>
        builder.AddKafkaStreams(name, configurator => configurator.ConfigureKafka(options => options.Configure(configure)).ReportDeliveryErrors());

    /// <summary>Adds a stream provider to a silo.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="name">The provider's name.</param>
    /// <param name="configure">Sets options, data adapter, pulling agents and so on.</param>
    public static ISiloBuilder AddKafkaStreams(this ISiloBuilder builder, string name, Action<SiloKafkaStreamConfigurator> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(new SiloKafkaStreamConfigurator(name, delegates => builder.ConfigureServices(delegates)));
        return builder;
    }

    /// <summary>Adds a stream provider to a client: it sends.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="name">The provider's name.</param>
    /// <param name="configure">Sets the options.</param>
    public static IClientBuilder AddKafkaStreams(this IClientBuilder builder, string name, Action<KafkaStreamOptions> configure) =>
        builder.AddKafkaStreams(name, configurator => configurator.ConfigureKafka(options => options.Configure(configure)));

    /// <summary>Adds a stream provider to a client.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="name">The provider's name.</param>
    /// <param name="configure">Sets options and data adapter.</param>
    public static IClientBuilder AddKafkaStreams(this IClientBuilder builder, string name, Action<ClusterClientKafkaStreamConfigurator> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(new ClusterClientKafkaStreamConfigurator(name, builder));
        return builder;
    }
}
