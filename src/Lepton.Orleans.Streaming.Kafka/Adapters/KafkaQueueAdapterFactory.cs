using System.Collections.Concurrent;
using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka.Caching;
using Lepton.Orleans.Streaming.Kafka.Checkpoints;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Lepton.Orleans.Streaming.Kafka.DeadLetters;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Adapters;

/// <summary>One provider in one process: its clients of the broker, and what its partitions share.</summary>
internal sealed class KafkaQueueAdapterFactory : IQueueAdapterFactory, IQueueAdapterCache, IDisposable
{
    private readonly string _name;
    private readonly IKafkaDataAdapter _data;
    private readonly KafkaClients _clients;
    private readonly KafkaTopics _topics;
    private readonly KafkaQueueMapper _mapper;
    private readonly KafkaStreamOptions _options;
    private readonly TimeSpan _maxDeliveryTime;
    private readonly IStreamQueueCheckpointerFactory _checkpointers;
    private readonly KafkaOffsets _offsets;
    private readonly KafkaMetrics _metrics;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<QueueId, KafkaQueueCache> _caches = new();

    public KafkaQueueAdapterFactory(string name, KafkaStreamOptions options, TimeSpan maxDeliveryTime, IKafkaDataAdapter data, IStreamQueueCheckpointerFactory? checkpointers, KafkaMetrics metrics, TimeProvider clock, ILoggerFactory loggers)
    {
        (_name, _options, _maxDeliveryTime, _data, _metrics) = (name, options, maxDeliveryTime, data, metrics);
        _logger = loggers.CreateLogger($"{typeof(KafkaQueueAdapterFactory).Namespace}.{name}");
        _mapper = new KafkaQueueMapper(options.Topics);
        _clients = new KafkaClients(options, name, _logger);
        _topics = new KafkaTopics(name, options, _clients, (topics, how) => _clients.Admin.DescribeTopicsAsync(topics, how), metrics, clock, _logger);
        _offsets = new KafkaOffsets(options, _clients, offsets => _clients.Reader.Consumer.Commit(offsets), _logger);
        _checkpointers = checkpointers ?? _offsets;
        DeadLetters = new KafkaDeadLetters(name, options, _clients, metrics, _logger);
    }

    /// <summary>Where messages go that are given up.</summary>
    public KafkaDeadLetters DeadLetters { get; }

    /// <summary>Makes the factory of a named provider.</summary>
    public static KafkaQueueAdapterFactory Create(IServiceProvider services, string name) => new(
        name,
        services.GetRequiredService<IOptionsMonitor<KafkaStreamOptions>>().Get(name),
        services.GetRequiredService<IOptionsMonitor<StreamPullingAgentOptions>>().Get(name).MaxEventDeliveryTime,
        services.GetKeyedService<IKafkaDataAdapter>(name) ?? new OrleansKafkaDataAdapter(services.GetRequiredService<Serializer>()),
        services.GetKeyedService<IStreamQueueCheckpointerFactory>(name),
        services.GetRequiredService<KafkaMetrics>(),
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<ILoggerFactory>());

    /// <inheritdoc/>
    public Task<IQueueAdapter> CreateAdapter() => Task.FromResult<IQueueAdapter>(new KafkaQueueAdapter(_name, _mapper, _data, _clients, CreateReceiver));

    /// <inheritdoc/>
    public IQueueAdapterCache GetQueueAdapterCache() => this;

    /// <inheritdoc/>
    public IStreamQueueMapper GetStreamQueueMapper() => _mapper;

    /// <inheritdoc/>
    public IQueueCache CreateQueueCache(QueueId queueId)
    {
        var partition = _mapper.PartitionOf(queueId);
        return _caches[queueId] = new KafkaQueueCache(partition, _options, _maxDeliveryTime, _metrics.Partition(_name, partition));
    }

    /// <inheritdoc/>
    public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) => Task.FromResult<IStreamFailureHandler>(
        new KafkaFailureHandler(() => _caches.GetValueOrDefault(queueId), DeadLetters));

    /// <inheritdoc/>
    public void Dispose()
    {
        DeadLetters.Dispose();
        _offsets.Dispose();
        _topics.Dispose();
        _clients.Dispose();
    }

    private KafkaReceiver CreateReceiver(QueueId queueId) => new KafkaReceiver(
        _mapper.PartitionOf(queueId), _caches[queueId], _options, _data, _clients, _topics, _offsets, _checkpointers, DeadLetters, _logger);
}
