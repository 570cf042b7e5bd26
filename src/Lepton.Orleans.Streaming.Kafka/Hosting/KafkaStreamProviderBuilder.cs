using Lepton.Orleans.Streaming.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Orleans.Providers;

[assembly: RegisterProvider("Kafka", "Streaming", "Silo", typeof(KafkaStreamProviderBuilder))]
[assembly: RegisterProvider("Kafka", "Streaming", "Client", typeof(KafkaStreamProviderBuilder))]

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>
/// Adds a provider from configuration: <c>Orleans:Streaming:NAME</c> with <c>ProviderType</c> <c>Kafka</c>, the names of
/// <see cref="KafkaStreamOptions"/>, and <c>Format</c>: <c>Orleans</c> (default) or <c>Json</c>.
/// </summary>
internal sealed class KafkaStreamProviderBuilder : IProviderBuilder<ISiloBuilder>, IProviderBuilder<IClientBuilder>
{
    public void Configure(ISiloBuilder builder, string? name, IConfigurationSection configurationSection) => builder.AddKafkaStreams(
        name!,
        (SiloKafkaStreamConfigurator configurator) =>
        {
            configurator.ConfigureKafka(options => options.Configure(configurationSection.Bind)).ReportDeliveryErrors();
            if (IsJson(configurationSection))
            {
                configurator.UseJson();
            }
        });

    public void Configure(IClientBuilder builder, string? name, IConfigurationSection configurationSection) => builder.AddKafkaStreams(
        name!,
        (ClusterClientKafkaStreamConfigurator configurator) =>
        {
            configurator.ConfigureKafka(options => options.Configure(configurationSection.Bind));
            if (IsJson(configurationSection))
            {
                configurator.UseJson();
            }
        });

    private static bool IsJson(IConfigurationSection section) => section["Format"] switch
    {
        null => false,
        var format when format.Equals("Orleans", StringComparison.OrdinalIgnoreCase) => false,
        var format when format.Equals("Json", StringComparison.OrdinalIgnoreCase) => true,
        var format => throw new OptionsValidationException(
            section.Path, typeof(KafkaStreamOptions), [$"{section.Path}:Format is '{format}'; set it to Orleans or Json."]),
    };
}
