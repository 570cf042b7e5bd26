using System.Globalization;
using Confluent.Kafka;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Brokers;

/// <summary>librdkafka's own broker in memory, which makes every topic that is asked for, with four partitions and no id.</summary>
public sealed class MockBroker : IDisposable
{
    public const int Partitions = 4;
    private readonly IAdminClient _owner;

    public MockBroker()
    {
        var settings = new AdminClientConfig();
        settings.Set("test.mock.num.brokers", "1");
        settings.Set("bootstrap.servers", "127.0.0.1:1");
        _owner = new AdminClientBuilder(settings).SetLogHandler(static (_, _) => { }).SetErrorHandler(static (_, _) => { }).Build();
        var broker = _owner.GetMetadata(TimeSpan.FromSeconds(10)).Brokers.Single();
        BootstrapServers = string.Create(CultureInfo.InvariantCulture, $"{broker.Host}:{broker.Port}");
    }

    public string BootstrapServers { get; }

    public void Dispose() => _owner.Dispose();
}
