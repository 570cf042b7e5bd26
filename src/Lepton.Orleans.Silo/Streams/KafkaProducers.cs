using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka;
using Lepton.Orleans.Streaming.Kafka.Producing;

namespace Lepton.Orleans.Silo.Streams;

/// <summary>Makes the producers of the service.</summary>
internal static class KafkaProducers
{
    /// <summary>
    /// Makes a producer whose messages are confirmed by all replicas, and whose keys go to the partitions that Kafka's clients
    /// for Java choose for them (murmur2), so that everybody's messages about a key are in one order.
    /// </summary>
    public static ReplaceableProducer Create(KafkaStreamOptions kafka, ILogger logger, ProducerConfig settings)
    {
        (settings.Acks, settings.Partitioner) = (Acks.All, Partitioner.Murmur2);
        foreach (var (key, value) in kafka.ClientSettings)
        {
            settings.Set(key, value);
        }

        return new ReplaceableProducer(() => new ProducerBuilder<byte[]?, byte[]?>(settings)
            .SetErrorHandler((_, error) => logger.KafkaNotice(error.Code, error.Reason))
            .SetLogHandler((_, _) => { }) // says again what the errors say
            .Build());
    }
}
