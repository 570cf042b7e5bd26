using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Orleans.Configuration;

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>Checks the options of one provider at start-up.</summary>
internal sealed class KafkaStreamOptionsValidator(KafkaStreamOptions options, StreamPullingAgentOptions? agents, string name) : IConfigurationValidator
{
    /// <exception cref="OrleansConfigurationException">An option cannot be used: names it, its value and a way out.</exception>
    public void ValidateConfiguration()
    {
        if (Violation() is { } violation)
        {
            throw new OrleansConfigurationException($"Kafka stream provider '{name}': {violation}");
        }
    }

    private string? Violation()
    {
        if (string.IsNullOrWhiteSpace(options.BootstrapServers) && !options.ClientSettings.ContainsKey("bootstrap.servers"))
        {
            return "BootstrapServers is empty; set it to host:port of a broker.";
        }

        if (options.Topics.Count == 0)
        {
            return "Topics is empty; name at least one topic with its number of partitions.";
        }

        foreach (var topic in options.Topics)
        {
            if (string.IsNullOrWhiteSpace(topic.Name))
            {
                return "a topic has no Name.";
            }

            if (topic.Partitions is < 1 or > 10_000)
            {
                return $"topic '{topic.Name}' has Partitions {topic.Partitions}; set it to the number that the topic has, from 1 to 10000.";
            }
        }

        if (options.Topics.DistinctBy(t => t.Name).Count() < options.Topics.Count)
        {
            return "Topics names one topic twice.";
        }

        if (options.Topics.Any(t => t.Name == options.DeadLetterTopic))
        {
            return $"DeadLetterTopic is '{options.DeadLetterTopic}', which is also read; set it to another topic.";
        }

        if (string.IsNullOrWhiteSpace(options.Group))
        {
            return "Group is empty; offsets are committed in its name.";
        }

        if (options.BatchSize < 1 || options.CacheSize < options.BatchSize || options.CacheBytes < 1 << 20)
        {
            return $"BatchSize {options.BatchSize}, CacheSize {options.CacheSize}, CacheBytes {options.CacheBytes}: a batch has at least one "
                + "message, and the cache room for a batch and a mebibyte.";
        }

        if (options.CommitInterval <= TimeSpan.Zero || options.ProduceTimeout <= TimeSpan.Zero)
        {
            return "CommitInterval and ProduceTimeout must be above zero.";
        }

        if (options.SecurityProtocol is SecurityProtocol.SaslPlaintext or SecurityProtocol.SaslSsl && options.SaslMechanism is null
            && !options.ClientSettings.ContainsKey("sasl.mechanism") && !options.ClientSettings.ContainsKey("sasl.mechanisms"))
        {
            return $"SecurityProtocol is {options.SecurityProtocol} and SaslMechanism is absent; set it, such as ScramSha256.";
        }

        if (options.SslCaLocation is { Length: > 0 } authorities && authorities != "probe" && !File.Exists(authorities) && !Directory.Exists(authorities))
        {
            return $"SslCaLocation is '{authorities}', and nothing is there; set it to the file of the authorities that brokers' certificates are checked with.";
        }

        try
        {
            KafkaClients.Check(options);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or KafkaException)
        {
            return $"Kafka's client does not take the settings, of which ClientSettings go by their own names: {exception.Message}";
        }

        // Orleans protects what a batch of batches holds by an interface of its own, which no other cache can have.
        return agents?.BatchContainerBatchSize > 1
            ? $"BatchContainerBatchSize is {agents.BatchContainerBatchSize}; leave it at 1: a data adapter joins messages where that is wanted."
            : null;
    }
}
