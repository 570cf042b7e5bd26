using System.Text;
using Confluent.Kafka;
using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Streaming.Kafka;
using Lepton.Orleans.Streaming.Kafka.Producing;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Streams;

/// <summary>
/// Lays feedback into the topic that the service itself reads, for callers who need not wait until it is applied: as messages
/// of each user, keyed by that user. It sends to no partition that is not read, though the topic may have been given more.
/// </summary>
internal sealed class FeedbackQueue : IDisposable
{
    private const int MaxKilobytes = 64 * 1024;
    private readonly KafkaTopicOptions _topic;
    private readonly ReplaceableProducer _producer;

    public FeedbackQueue(IOptionsMonitor<KafkaStreamOptions> options, ILogger<FeedbackQueue> logger)
    {
        var kafka = options.Get(FeedbackDataAdapter.Provider);
        _topic = kafka.Topics.Single();
        _producer = KafkaProducers.Create(kafka, logger, new ProducerConfig(kafka.ToClientConfig("lepton-feedback"))
        {
            EnableIdempotence = true,
            LingerMs = 1,
            MessageTimeoutMs = (int)GrainCall.MaxWait.TotalMilliseconds,
            QueueBufferingMaxKbytes = MaxKilobytes,
        });
    }

    /// <summary>Sends rows that were checked before; ends when the broker has all of them, as durable as it keeps things.</summary>
    /// <exception cref="KafkaSendException">The broker did not confirm a message in time: it may have it or not, as all others.</exception>
    public Task SendAsync(IReadOnlyList<Feedback> rows)
    {
        var groups = rows.Count == 0 ? null : UserGroups.Of(rows);
        var sent = new List<Task>();
        for (var group = 0; group < groups?.Count; group++)
        {
            var ofUser = groups.Rows(group);
            var key = Encoding.UTF8.GetBytes(ofUser[0].UserId);
            sent.AddRange(FeedbackMessageWriter.Write(ofUser).Select(value => SendAsync(key, value)));
        }

        return Task.WhenAll(sent);
    }

    /// <inheritdoc/>
    public void Dispose() => _producer.Dispose();

    private async Task SendAsync(byte[] key, byte[] value)
    {
        try
        {
            await _producer.ProduceAsync(new TopicPartition(FeedbackDataAdapter.Topic, _topic.PartitionOf(key)), new Message<byte[]?, byte[]?>
            {
                Key = key, Value = value, Headers = new Headers { { FeedbackDataAdapter.SchemaHeader, "1"u8.ToArray() } },
            });
        }
        catch (ProduceException<byte[]?, byte[]?> exception)
        {
            throw new KafkaSendException(exception.DeliveryResult.TopicPartition, exception.Error, exception);
        }
    }
}
