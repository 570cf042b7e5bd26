using System.Diagnostics.Metrics;
using Source = Lepton.Orleans.Grains.Diagnostics.Telemetry;

namespace Lepton.Orleans.Silo.Streams;

/// <summary>
/// How many partitions there are to read, told by every silo that knows of Kafka, whatever its roles: where those that read are gone,
/// or get none, nobody else would miss them.
/// </summary>
internal sealed class FeedbackTopicMetrics : IHostedService
{
    /// <summary>Publishes the number.</summary>
    public FeedbackTopicMetrics(IMeterFactory factory, int partitions) => factory.Create(Source.Name).CreateObservableGauge(
        "lepton.kafka.partitions",
        () => new Measurement<int>(partitions, new KeyValuePair<string, object?>("topic", FeedbackDataAdapter.Topic)),
        "{partition}",
        "Partitions of a topic that silos with the role streams are to read.");

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
