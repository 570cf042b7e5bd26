using System.Globalization;
using Confluent.Kafka;
using ErrorCode = Confluent.Kafka.ErrorCode;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Lepton.Orleans.Streaming.Kafka.Producing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lepton.Orleans.Streaming.Kafka.Consuming;

/// <summary>The clients of the broker that a provider has in this process, each made when it is first needed.</summary>
internal sealed class KafkaClients : IDisposable
{
    private readonly KafkaStreamOptions _options;
    private readonly string _name;
    private readonly ILogger _logger;
    private readonly Lazy<IAdminClient> _admin;
    private readonly Lazy<KafkaPoller> _reader;
    private readonly Lazy<KafkaPoller> _rewinder;

    public KafkaClients(KafkaStreamOptions options, string name, ILogger logger)
    {
        (_options, _name, _logger) = (options, name, logger);
        Producer = new ReplaceableProducer(() => new ProducerBuilder<byte[]?, byte[]?>(ProducerSettings())
            .SetErrorHandler((_, error) => Report(error)).SetLogHandler((_, message) => Report(message)).Build());
        _admin = new Lazy<IAdminClient>(() => new AdminClientBuilder(Common())
            .SetErrorHandler((_, error) => Report(error)).SetLogHandler((_, message) => Report(message)).Build());
        _reader = new Lazy<KafkaPoller>(() => new KafkaPoller(Consumer(ConsumerSettings(partitionEnds: false)), $"{name} reader", logger));
        _rewinder = new Lazy<KafkaPoller>(() => new KafkaPoller(Consumer(ConsumerSettings(partitionEnds: true)), $"{name} rewinder", logger));
    }

    /// <summary>Sends: idempotent, confirmed by all replicas.</summary>
    public ReplaceableProducer Producer { get; }

    /// <summary>Looks at topics, and creates them.</summary>
    public IAdminClient Admin => _admin.Value;

    /// <summary>Reads the partitions of this process.</summary>
    public KafkaPoller Reader => _reader.Value;

    /// <summary>Reads again what subscribers come back to.</summary>
    public KafkaPoller Rewinder => _rewinder.Value;

    /// <summary>Makes a client of each kind and drops it, without a broker to speak to.</summary>
    /// <exception cref="InvalidOperationException">A setting does not exist, does not take its value, or does not go with another one.</exception>
    /// <exception cref="ArgumentException">A setting has no name, or no value that can be one.</exception>
    public static void Check(KafkaStreamOptions options)
    {
        using var clients = new KafkaClients(options, "check", NullLogger.Instance);
        using var producer = new ProducerBuilder<Null, Null>(Alone(clients.ProducerSettings())).SetLogHandler(static (_, _) => { }).Build();
        using var consumer = new ConsumerBuilder<Null, Null>(Alone(clients.ConsumerSettings(partitionEnds: false))).SetLogHandler(static (_, _) => { }).Build();

        static IEnumerable<KeyValuePair<string, string>> Alone(ClientConfig settings) =>
            settings.Where(setting => setting.Key is not ("bootstrap.servers" or "metadata.broker.list"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var disposable in new IDisposable?[]
        {
            _reader.IsValueCreated ? _reader.Value : null,
            _rewinder.IsValueCreated ? _rewinder.Value : null,
            Producer,
            _admin.IsValueCreated ? _admin.Value : null,
        })
        {
            disposable?.Dispose();
        }
    }

    private IConsumer<byte[]?, byte[]?> Consumer(ConsumerConfig settings) => new ConsumerBuilder<byte[]?, byte[]?>(settings)
        .SetErrorHandler((_, error) => Report(error)).SetLogHandler((_, message) => Report(message)).Build();

    private ProducerConfig ProducerSettings() => _options.Complete(new ProducerConfig(Common())
    {
        EnableIdempotence = true,
        Acks = Acks.All,
        LingerMs = 1,
        MessageTimeoutMs = (int)_options.ProduceTimeout.TotalMilliseconds,
    });

    private ConsumerConfig ConsumerSettings(bool partitionEnds) => _options.Complete(new ConsumerConfig(Common())
    {
        GroupId = _options.Group,
        EnableAutoCommit = false,
        EnableAutoOffsetStore = false,
        EnablePartitionEof = partitionEnds,

        // Where an offset is not there any more, reading goes on with the oldest one that is.
        AutoOffsetReset = AutoOffsetReset.Earliest,
        QueuedMaxMessagesKbytes = 16 * 1024,

        // What is fetched of one partition at a time has room in its feed, so that in a backlog none waits for another one's reader.
        MaxPartitionFetchBytes = 128 * 1024,
        FetchWaitMaxMs = 100,
    });

    private ClientConfig Common() => _options.ToClientConfig($"orleans-{_name}");

    private void Report(Error error)
    {
        if (error.Code is ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Authentication or ErrorCode.Local_Ssl || error.IsFatal)
        {
            _logger.ClientError(error.Code.ToString(), error.Reason);
        }
        else
        {
            _logger.ClientNotice(string.Create(CultureInfo.InvariantCulture, $"{error.Code}: {error.Reason}"));
        }
    }

    private void Report(LogMessage message) => _logger.ClientNotice($"{message.Facility}: {message.Message}");
}
