using Lepton.Orleans.Streaming.Kafka.Adapters;
using Lepton.Orleans.Streaming.Kafka.DeadLetters;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.Providers;

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>Configures a stream provider on Kafka in a silo.</summary>
public sealed class SiloKafkaStreamConfigurator : SiloPersistentStreamConfigurator
{
    // Reading waits for messages by itself; this is only how soon it is begun anew.
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(10);

    internal SiloKafkaStreamConfigurator(string name, Action<Action<IServiceCollection>> configureServices)
        : base(name, configureServices, KafkaQueueAdapterFactory.Create)
    {
        this.ConfigurePullingAgent(agents => agents.Configure(options => options.GetQueueMsgsTimerPeriod = PollPeriod));
        this.ConfigureComponent<IMessageDeliveryBackoffProvider>((services, _) => new CountedBackoff(services.GetRequiredService<KafkaMetrics>(), name));
        ConfigureDelegate(services =>
        {
            services.AddKafkaStreamServices(name);
            services.AddTransient<IConfigurationValidator>(provider => new KafkaStreamOptionsValidator(
                provider.GetRequiredService<IOptionsMonitor<KafkaStreamOptions>>().Get(name),
                provider.GetRequiredService<IOptionsMonitor<StreamPullingAgentOptions>>().Get(name),
                name));
        });
    }

    /// <summary>Sets the options.</summary>
    public SiloKafkaStreamConfigurator ConfigureKafka(Action<OptionsBuilder<KafkaStreamOptions>> configure)
    {
        this.Configure(configure);
        return this;
    }

    /// <summary>Messages are JSON, keyed by what names the stream: any producer can write and read them. Without it they are Orleans'.</summary>
    public SiloKafkaStreamConfigurator UseJson() => UseDataAdapter((_, _) => new JsonKafkaDataAdapter());

    /// <summary>Says how messages are written and read.</summary>
    public SiloKafkaStreamConfigurator UseDataAdapter(Func<IServiceProvider, string, IKafkaDataAdapter> factory)
    {
        this.ConfigureComponent(factory);
        return this;
    }

    /// <summary>
    /// Has dead letters say what the subscriber threw, for which every call that this silo's grains make passes a filter.
    /// Without it they say that the subscriber failed.
    /// </summary>
    public SiloKafkaStreamConfigurator ReportDeliveryErrors()
    {
        ConfigureDelegate(services => services.TryAddEnumerable(ServiceDescriptor.Singleton<IOutgoingGrainCallFilter, DeliveryErrors>()));
        return this;
    }
}
