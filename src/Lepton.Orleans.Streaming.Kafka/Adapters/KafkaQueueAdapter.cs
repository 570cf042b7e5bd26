using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Adapters;

/// <summary>Sends events, each to the partition that the mapper names.</summary>
internal sealed class KafkaQueueAdapter(
    string name,
    KafkaQueueMapper mapper,
    IKafkaDataAdapter data,
    KafkaClients clients,
    Func<QueueId, IQueueAdapterReceiver> createReceiver) : IQueueAdapter
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool IsRewindable => true;

    /// <inheritdoc/>
    public StreamProviderDirection Direction => StreamProviderDirection.ReadWrite;

    /// <inheritdoc/>
    /// <exception cref="KafkaSendException">The broker did not confirm it.</exception>
    public async Task QueueMessageBatchAsync<T>(StreamId streamId, IEnumerable<T> events, StreamSequenceToken? token, Dictionary<string, object>? requestContext)
    {
        if (token is not null)
        {
            throw new ArgumentException("The broker gives the tokens (offsets); send without one.", nameof(token));
        }

        var partition = mapper.PartitionOf(streamId);
        try
        {
            await clients.Producer.ProduceAsync(partition, data.ToMessage(streamId, events, requestContext));
        }
        catch (KafkaException exception)
        {
            throw new KafkaSendException(partition, exception.Error, exception);
        }
    }

    /// <inheritdoc/>
    public IQueueAdapterReceiver CreateReceiver(QueueId queueId) => createReceiver(queueId);
}
