using System.Diagnostics.Metrics;
using System.Globalization;
using Lepton.Orleans.Grains.Erasure;
using Lepton.Orleans.Grains.Events;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Silo.Clustering;
using Lepton.Orleans.Silo.Events;
using Lepton.Orleans.Streaming.Kafka;
using Microsoft.Extensions.Options;
using Orleans.Streams;

namespace Lepton.Orleans.Silo.Streams;

/// <summary>Where <c>Lepton:Kafka</c> names a broker: events to it and, where the silo has the role, feedback from it.</summary>
internal static class StreamExtensions
{
    /// <summary>The setting with the bootstrap servers; what lies below it are the names of <see cref="KafkaStreamOptions"/>.</summary>
    public const string Setting = "Lepton:Kafka";

    /// <summary>The setting with the number of the topic's partitions, where it is to be created.</summary>
    public const string PartitionsSetting = $"{Setting}:Partitions";
    private const int DefaultPartitions = 16;

    /// <summary>Whether a configuration names a broker.</summary>
    public static bool HasKafka(IConfiguration configuration) => !string.IsNullOrWhiteSpace(configuration[Setting]);

    /// <summary>Adds what reads <see cref="FeedbackDataAdapter.Topic"/> where the silo has the role, what writes to it, and what sends events.</summary>
    /// <exception cref="OptionsValidationException">A setting cannot be used.</exception>
    public static void AddLeptonStreams(this WebApplicationBuilder builder)
    {
        var section = builder.Configuration.GetSection(Setting);
        var events = builder.Configuration.GetSection(EventOptions.Section).Get<EventOptions>() ?? new EventOptions();
        if (section.Value is not { } servers || string.IsNullOrWhiteSpace(servers))
        {
            if (events.Any)
            {
                throw new OptionsValidationException(Setting, typeof(string), [$"{EventOptions.Section} asks for events and {Setting} is absent; set it to the bootstrap servers of Kafka."]);
            }

            return;
        }

        var partitions = section["Partitions"] is not { } text ? DefaultPartitions
            : int.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number
            : throw new OptionsValidationException(PartitionsSetting, typeof(int), [$"{PartitionsSetting} is '{text}'; set it to the number of partitions of {FeedbackDataAdapter.Topic}."]);
        builder.Services.Configure<KafkaStreamOptions>(FeedbackDataAdapter.Provider, kafka =>
        {
            SetDefaults(kafka);
            section.Bind(kafka);
            kafka.BootstrapServers = servers;
            kafka.Topics = [new KafkaTopicOptions { Name = FeedbackDataAdapter.Topic, Partitions = partitions }];
        });
        builder.Services.AddSingleton<StreamsEnd>();
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<StreamsEnd>());
        builder.Services.AddSingleton<FeedbackQueue>();
        builder.Services.AddHostedService(provider => new FeedbackTopicMetrics(provider.GetRequiredService<IMeterFactory>(), partitions));
        if (events.Any)
        {
            builder.AddEvents();
        }

        if (RoleOptions.Read(builder.Configuration).HasFlag(SiloRoles.Streams))
        {
            builder.AddIngestion();
        }
        else
        {
            // A provider sees to that by itself.
            builder.Services.AddTransient<IConfigurationValidator>(provider => new KafkaStreamOptionsValidator(
                provider.GetRequiredService<IOptionsMonitor<KafkaStreamOptions>>().Get(FeedbackDataAdapter.Provider), agents: null, FeedbackDataAdapter.Provider));
        }
    }

    /// <summary>Sets what this host has otherwise than the provider.</summary>
    public static void SetDefaults(KafkaStreamOptions kafka)
    {
        kafka.Group = "lepton";
        kafka.CreateTopics = true;
        kafka.DeadLetterTopic = $"{FeedbackDataAdapter.Topic}.dead";
        kafka.BatchSize = 1000;
        kafka.CacheSize = 1000;
        kafka.CacheBytes = 8 << 20;
    }

    private static void AddIngestion(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<FeedbackIngest>();
        builder.Services.AddTransient<LogErasures>();
        builder.Host.UseOrleans(silo => silo.AddKafkaStreams(FeedbackDataAdapter.Provider, (SiloKafkaStreamConfigurator configurator) =>
        {
            configurator.ConfigurePartitionBalancing((services, _) => ActivatorUtilities.CreateInstance<StreamBalancer>(services));
            configurator.UseDataAdapter((services, _) => new FeedbackDataAdapter(services.GetRequiredService<TimeProvider>()));

            // Whoever reads needs no registration, and what cannot be applied for now is tried until it can: the grain itself
            // sorts out what never can.
            configurator.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly);
            configurator.ConfigurePullingAgent(agents => agents.Configure(options => options.MaxEventDeliveryTime = Timeout.InfiniteTimeSpan));
        }));
    }

    private static void AddEvents(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<EventOptions>().BindConfiguration(EventOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<EventOptions>, EventOptionsValidator>();
        services.AddSingleton<KafkaEvents>();
        services.AddSingleton<ILeptonEvents>(provider => provider.GetRequiredService<KafkaEvents>());
        services.AddHostedService(provider => provider.GetRequiredService<KafkaEvents>());
    }
}
