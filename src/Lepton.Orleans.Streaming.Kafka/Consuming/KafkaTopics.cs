using Confluent.Kafka;
using ErrorCode = Confluent.Kafka.ErrorCode;
using Confluent.Kafka.Admin;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Lepton.Orleans.Streaming.Kafka.Consuming;

/// <summary>Whether the topics are there as the options say; created where that is wanted and may be done.</summary>
/// <param name="provider">Whose topics they are.</param>
/// <param name="options">What there is to be.</param>
/// <param name="clients">Look at topics and create them.</param>
/// <param name="describe">Asks the broker for the topics' ids.</param>
/// <param name="metrics">Are told of partitions that nobody reads.</param>
/// <param name="clock">Says when topics are looked at again.</param>
/// <param name="logger">Is told of what was created, and of partitions that nobody reads.</param>
internal sealed class KafkaTopics(
    string provider,
    KafkaStreamOptions options,
    KafkaClients clients,
    Func<TopicCollection, DescribeTopicsOptions, Task<DescribeTopicsResult>> describe,
    KafkaMetrics metrics,
    TimeProvider clock,
    ILogger logger) : IDisposable
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private readonly Lock _gate = new();
    private volatile Dictionary<string, string> _ids = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<(string Topic, string Reason)> _refusals = [];
    private Task? _check;
    private Task? _watch;

    /// <summary>Ends when all topics are there. Everybody shares one look; after a failure the next call looks again.</summary>
    /// <exception cref="KafkaTopicException">A topic is missing, or has another number of partitions.</exception>
    /// <exception cref="KafkaException">The broker does not answer.</exception>
    public Task EnsureAsync()
    {
        lock (_gate)
        {
            return _check is null or { IsFaulted: true } or { IsCanceled: true } ? _check = Task.Run(CheckAsync) : _check;
        }
    }

    /// <summary>See <see cref="KafkaBatch.TopicId"/>.</summary>
    public string IdOf(string topic) => _ids.GetValueOrDefault(topic, "");

    /// <summary>Asks for the topics' ids again.</summary>
    /// <exception cref="KafkaException">The broker did not say.</exception>
    public async Task RefreshIdsAsync()
    {
        if (!options.TopicIds)
        {
            return;
        }

        var described = await describe(
            TopicCollection.OfTopicNames(options.Topics.Select(t => t.Name)), new DescribeTopicsOptions { RequestTimeout = Timeout });
        _ids = described.TopicDescriptions.Where(t => !t.Error.IsError).ToDictionary(t => t.Name, t => t.TopicId.ToString());
    }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Cancel();

    private async Task CheckAsync()
    {
        if (options.CreateTopics)
        {
            await CreateAsync();
        }

        foreach (var topic in options.Topics)
        {
            var metadata = clients.Admin.GetMetadata(topic.Name, Timeout).Topics.Single();
            if (metadata.Error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic)
            {
                throw new KafkaTopicException($"Topic '{topic.Name}' does not exist and may not be created by this service. Create it with {topic.Partitions} "
                    + $"partitions: kafka-topics.sh --bootstrap-server {options.BootstrapServers} --create --topic {topic.Name} --partitions {topic.Partitions}");
            }

            if (metadata.Error.IsError)
            {
                throw new KafkaTopicException($"Topic '{topic.Name}' cannot be used: {metadata.Error.Reason}");
            }

            if (metadata.Partitions.Count != topic.Partitions)
            {
                throw new KafkaTopicException($"Topic '{topic.Name}' has {metadata.Partitions.Count} partitions and the options say {topic.Partitions}. "
                    + $"Set Partitions to {metadata.Partitions.Count}.");
            }
        }

        try
        {
            await RefreshIdsAsync();
        }
        catch (KafkaException exception) when (exception.Error.Code is ErrorCode.Local_UnsupportedFeature or ErrorCode.UnsupportedVersion)
        {
            // Brokers of old have no ids. Whatever else it is passes: a topic is not taken for one without an id, which would be
            // another log than the one that positions are kept of.
            logger.ClientNotice(exception.Message);
        }

        lock (_gate)
        {
            _watch ??= WatchAsync();
        }
    }

    // An operator can add partitions at any time, and producers use them at once.
    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(WatchInterval, clock);
        var known = options.Topics.ToDictionary(topic => topic.Name, topic => topic.Partitions);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                foreach (var topic in options.Topics)
                {
                    known[topic.Name] = await Task.Run(() => Look(topic, known[topic.Name]));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The provider ends.
        }
    }

    // How many partitions the topic has, as far as is known.
    private int Look(KafkaTopicOptions topic, int known)
    {
        try
        {
            if (clients.Admin.GetMetadata(topic.Name, Timeout).Topics.Single() is not { Error.IsError: false, Partitions.Count: var count })
            {
                return known;
            }

            metrics.Unread(provider, topic.Name, Math.Max(0, count - topic.Partitions));
            if (count > topic.Partitions && count != known)
            {
                logger.PartitionsNotRead(topic.Name, count, topic.Partitions);
            }

            return count;
        }
        catch (Exception exception) when (exception is KafkaException or ObjectDisposedException)
        {
            logger.ClientNotice(exception.Message);
            return known;
        }
    }

    private async Task CreateAsync()
    {
        var wanted = options.Topics.Select(t => (t.Name, t.Partitions)).ToList();
        if (options.DeadLetterTopic is { } deadLetters)
        {
            wanted.Add((deadLetters, 1));
        }

        var known = clients.Admin.GetMetadata(Timeout).Topics.Select(t => t.Topic).ToHashSet(StringComparer.Ordinal);
        var missing = wanted.Where(t => !known.Contains(t.Name))
            .Select(t => new TopicSpecification { Name = t.Name, NumPartitions = t.Partitions, ReplicationFactor = options.ReplicationFactor })
            .ToList();
        if (missing.Count == 0)
        {
            _refusals.Clear();
            return;
        }

        try
        {
            await clients.Admin.CreateTopicsAsync(missing, new CreateTopicsOptions { RequestTimeout = Timeout, OperationTimeout = Timeout });
            logger.TopicsCreated(string.Join(", ", missing.Select(t => t.Name)));
        }
        catch (CreateTopicsException exception)
        {
            // Once for each thing to say, however often it is tried; and there is nothing to wait for.
            foreach (var report in exception.Results.Where(r => r.Error.IsError && r.Error.Code != ErrorCode.TopicAlreadyExists))
            {
                missing.RemoveAll(topic => topic.Name == report.Topic);
                if (_refusals.Add((report.Topic, report.Error.Reason)))
                {
                    logger.TopicNotCreated(report.Topic, report.Error.Reason);
                }
            }
        }

        // A broker that has created a topic may not have told the others yet.
        for (var attempt = 0; attempt < 50 && missing.Exists(t => clients.Admin.GetMetadata(t.Name, Timeout).Topics.Single().Error.IsError); attempt++)
        {
            await Task.Delay(100);
        }
    }
}
