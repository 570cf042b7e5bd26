using Lepton.Orleans.Silo.Tests.Api;
using Lepton.Orleans.Streaming.Kafka.Tests.Brokers;

namespace Lepton.Orleans.Silo.Tests.Kafka;

/// <summary>The service with librdkafka's own broker, from which it reads feedback and to which it sends every kind of event.</summary>
public sealed class KafkaServer : LeptonServer, IDisposable
{
    private readonly MockBroker _broker = new();

    public KafkaServer() => Topics = new Topics(_broker.BootstrapServers);

    /// <summary>The broker as others use it.</summary>
    public Topics Topics { get; }

    protected override IEnumerable<string> Settings =>
    [
        "--Lepton:Kafka", _broker.BootstrapServers,
        "--Lepton:Kafka:Partitions", $"{MockBroker.Partitions}",
        "--Lepton:Kafka:CreateTopics", "false",
        "--Lepton:Kafka:TopicIds", "false",
        "--Lepton:Kafka:Events:FeedbackAccepted", "true",
        "--Lepton:Kafka:Events:ListServed", "true",
        "--Lepton:Kafka:Events:ItemChanged", "true",
        "--Lepton:Kafka:Events:UserErased", "true",
    ];

    public void Dispose()
    {
        Topics.Dispose();
        _broker.Dispose();
    }
}
