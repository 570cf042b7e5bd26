namespace Lepton.Orleans.Silo.Tests.Kafka;

/// <summary>The tests that share one server with a broker; each uses ids of its own.</summary>
[CollectionDefinition(Name)]
public sealed class KafkaServerCollection : ICollectionFixture<KafkaServer>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "server with a broker";
}
