using Confluent.Kafka;
using ErrorCode = Confluent.Kafka.ErrorCode;
using Confluent.Kafka.Admin;
using Lepton.Orleans.Streaming.Kafka;

namespace Lepton.Orleans.Silo.Events;

/// <summary>Creates the topic of events where it is missing and that is wanted; else says once which command does.</summary>
internal sealed class EventTopic(KafkaStreamOptions kafka, EventOptions options, ILogger logger)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>Ends when the topic is there.</summary>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        using var admin = new AdminClientBuilder(kafka.ToClientConfig("lepton-events-admin"))
            .SetErrorHandler(static (_, _) => { }).SetLogHandler(static (_, _) => { }).Build();
        var complaint = "";
        while (true)
        {
            try
            {
                await Task.Run(() => CreateAsync(admin), cancellationToken);
                return;
            }
            catch (KafkaException exception)
            {
                if (exception.Error.Reason != complaint)
                {
                    complaint = exception.Error.Reason;
                    logger.EventTopicMissing(options.Topic, complaint, kafka.BootstrapServers, options.Partitions);
                }
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private async Task CreateAsync(IAdminClient admin)
    {
        // Of all topics, not of this one: some brokers create what they are asked for, in a way of their own.
        if (admin.GetMetadata(Timeout).Topics.Exists(topic => topic.Topic == options.Topic))
        {
            return;
        }

        if (!kafka.CreateTopics)
        {
            throw new KafkaException(new Error(ErrorCode.UnknownTopicOrPart, "it does not exist, and Lepton:Kafka:CreateTopics is false"));
        }

        try
        {
            await admin.CreateTopicsAsync(
                [new TopicSpecification { Name = options.Topic, NumPartitions = options.Partitions, ReplicationFactor = kafka.ReplicationFactor }],
                new CreateTopicsOptions { RequestTimeout = Timeout, OperationTimeout = Timeout });
        }
        catch (CreateTopicsException exception) when (exception.Results[0].Error.Code == ErrorCode.TopicAlreadyExists)
        {
            // Another silo was first.
        }
        catch (CreateTopicsException exception)
        {
            throw new KafkaException(exception.Results[0].Error);
        }
    }
}
