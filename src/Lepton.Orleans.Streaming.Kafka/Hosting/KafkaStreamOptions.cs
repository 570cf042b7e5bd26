using Confluent.Kafka;

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>A stream provider on Kafka.</summary>
public sealed class KafkaStreamOptions
{
    /// <summary>Where brokers are first looked for: <c>host:port,host:port</c>.</summary>
    public string BootstrapServers { get; set; } = "";

    /// <summary>The topics. A stream goes to the one named like its namespace, and to the first where there is none.</summary>
    public IList<KafkaTopicOptions> Topics { get; set; } = [];

    /// <summary>The consumer group in whose name offsets are committed. Its members are not Kafka's: Orleans hands partitions out.</summary>
    public string Group { get; set; } = "orleans";

    /// <summary>Where a partition is read from for the first time.</summary>
    public KafkaStartPosition StartPosition { get; set; }

    /// <summary>Whether topics that are missing are created at start-up, and the dead-letter topic with them.</summary>
    public bool CreateTopics { get; set; }

    /// <summary>In how many copies topics are created; -1: as the broker does by default.</summary>
    public short ReplicationFactor { get; set; } = -1;

    /// <summary>How many messages of a partition are handed to Orleans at once.</summary>
    public int BatchSize { get; set; } = 1000;

    /// <summary>How many messages of a partition wait for subscribers in memory before reading from the broker pauses.</summary>
    public int CacheSize { get; set; } = 10_000;

    /// <summary>How many bytes of a partition wait for subscribers in memory before reading from the broker pauses.</summary>
    public long CacheBytes { get; set; } = 32L << 20;

    /// <summary>How often offsets are committed. A hand-over and a shutdown commit at once.</summary>
    public TimeSpan CommitInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>For how long a message to be sent is tried before its sender is told.</summary>
    public TimeSpan ProduceTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Where messages go that cannot be read, or that a subscriber did not take within its time; absent or empty: they are logged and passed over.</summary>
    public string? DeadLetterTopic
    {
        get;

        // In configuration there is no other way to say that there is none, where there is a default.
        set => field = string.IsNullOrWhiteSpace(value) ? null : value;
    }

    /// <summary>
    /// Whether a topic is told from another one of its name by the id that brokers give it, and not read while they do not say;
    /// <see langword="false"/>: they are not asked, for brokers that would never answer.
    /// </summary>
    public bool TopicIds { get; set; } = true;

    /// <summary>How brokers are spoken to; absent: in plain text.</summary>
    public SecurityProtocol? SecurityProtocol { get; set; }

    /// <summary>How this client says who it is.</summary>
    public SaslMechanism? SaslMechanism { get; set; }

    /// <summary>The user's name.</summary>
    public string? SaslUsername { get; set; }

    /// <summary>The user's password.</summary>
    [Redact]
    public string? SaslPassword { get; set; }

    /// <summary>A file of certificate authorities that brokers' certificates are checked with; absent: the system's.</summary>
    public string? SslCaLocation { get; set; }

    /// <summary>Further settings of librdkafka by their own names, such as <c>ssl.certificate.location</c>; they go before everything above.</summary>
    [Redact]
    public IDictionary<string, string> ClientSettings { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Makes settings for another client of the same brokers: where they are, and how they are spoken to.</summary>
    /// <param name="clientId">What the client calls itself in the brokers' logs and quotas.</param>
    public ClientConfig ToClientConfig(string clientId) => Complete(new ClientConfig
    {
        BootstrapServers = BootstrapServers,
        ClientId = clientId,
        SecurityProtocol = SecurityProtocol,
        SaslMechanism = SaslMechanism,
        SaslUsername = SaslUsername,
        SaslPassword = SaslPassword,
        SslCaLocation = SslCaLocation,
        ReconnectBackoffMs = 50,
        ReconnectBackoffMaxMs = 1000,
    });

    /// <summary>Puts <see cref="ClientSettings"/> over the settings of a client.</summary>
    internal T Complete<T>(T settings)
        where T : ClientConfig
    {
        foreach (var (key, value) in ClientSettings)
        {
            settings.Set(key, value);
        }

        return settings;
    }
}
