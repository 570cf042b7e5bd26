using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Lepton.Orleans.Streaming.Kafka.Tests.Clusters;
using Microsoft.Extensions.DependencyInjection;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Streams;

public sealed class SecureBrokerTests
{
    private readonly string _topic = $"collected-{Guid.NewGuid():N}";

    [Fact]
    public async Task What_this_user_may_not_write_to_is_refused_with_the_reason_and_the_rest_is_sent()
    {
        await using var broker = await SecureBroker.StartOrSkipAsync(TestContext.Current.CancellationToken);
        using var topics = broker.Topics();
        await topics.CreateAsync(_topic, 1);
        await topics.CreateAsync($"closed-{_topic}", 1);
        await broker.CloseAsync($"closed-{_topic}");
        await using var cluster = await StreamCluster.StartAsync(
            1,
            options =>
            {
                Set(options, broker, SecureBroker.Password, broker.AuthorityFile);
                options.Topics = [new KafkaTopicOptions { Name = _topic, Partitions = 1 }, new KafkaTopicOptions { Name = $"closed-{_topic}", Partitions = 1 }];
            },
            json: true);

        var refusal = await Assert.ThrowsAsync<KafkaSendException>(() => cluster.Stream<int>($"closed-{_topic}", "key").OnNextAsync(1));
        Assert.Contains("may not write to it", refusal.Message, StringComparison.Ordinal);
        await cluster.Stream<int>(_topic, "key").OnNextAsync(7);
        Assert.Single(topics.Read(_topic, 1, 1));
    }

    [Fact]
    public async Task What_was_sent_over_TLS_with_a_password_is_delivered()
    {
        await using var broker = await SecureBroker.StartOrSkipAsync(TestContext.Current.CancellationToken);
        using var topics = broker.Topics();
        await topics.CreateAsync(_topic, 1);
        await using var cluster = await StreamCluster.StartAsync(
            1,
            options =>
            {
                Set(options, broker, SecureBroker.Password, broker.AuthorityFile);
                options.Topics = [new KafkaTopicOptions { Name = _topic, Partitions = 1 }];
            },
            json: true);
        await cluster.Stream<int>(_topic, "key").OnNextAsync(7);
        await StreamCluster.EventuallyAsync(() => Collector.Of(_topic).Count > 0, "the event must come");
        Assert.Equal([("key", "7")], Collector.Of(_topic));

        // And nothing by who has another password, or does not know the authority.
        await RefusedAsync("wrong", broker.AuthorityFile, "uthentication");
        await RefusedAsync(SecureBroker.Password, null, "certificate");

        async Task RefusedAsync(string password, string? authorityFile, string reason)
        {
            var log = new LogLines();
            var options = new KafkaStreamOptions { ProduceTimeout = TimeSpan.FromSeconds(5), Topics = { new KafkaTopicOptions { Name = _topic, Partitions = 1 } } };
            Set(options, broker, password, authorityFile);
            using var clients = new KafkaClients(options, "kafka", log);
            await Assert.ThrowsAnyAsync<KafkaException>(() => clients.Producer.ProduceAsync(new TopicPartition(_topic, Partition.Any), new Message<byte[]?, byte[]?>()));
            Assert.Contains(log.Errors, error => error.Contains(reason, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_producer_that_was_not_allowed_to_begin_is_replaced_by_one_that_is()
    {
        await using var broker = await SecureBroker.StartOrSkipAsync(TestContext.Current.CancellationToken);
        using var topics = broker.Topics();
        await topics.CreateAsync(_topic, 1);
        await broker.ForbidWritingAsync();
        var (log, options) = (new LogLines(), new KafkaStreamOptions { DeadLetterTopic = _topic });
        Set(options, broker, SecureBroker.Password, broker.AuthorityFile);
        using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var clients = new KafkaClients(options, "kafka", log);
        using var letters = new KafkaDeadLetters("kafka", options, clients, new KafkaMetrics(meters.GetRequiredService<IMeterFactory>(), TimeProvider.System), log);
        var sending = letters.SendAsync(
            new ConsumeResult<byte[]?, byte[]?> { TopicPartitionOffset = new TopicPartitionOffset("orders", 0, 17), Message = new Message<byte[]?, byte[]?>() },
            new InvalidOperationException("It is poison."),
            TestContext.Current.CancellationToken);
        await StreamCluster.EventuallyAsync(() => log.Errors.Any(error => error.Contains("Cluster authorization failed", StringComparison.Ordinal)), "the producer must be refused");
        Assert.False(sending.IsCompleted);

        await broker.AllowWritingAsync();
        await sending.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Single(topics.Read(_topic, 1, 1));
    }

    private static void Set(KafkaStreamOptions options, SecureBroker broker, string password, string? authorityFile)
    {
        options.BootstrapServers = broker.BootstrapServers;
        options.SecurityProtocol = SecurityProtocol.SaslSsl;
        options.SaslMechanism = SaslMechanism.Plain;
        (options.SaslUsername, options.SaslPassword) = (SecureBroker.User, password);
        options.SslCaLocation = authorityFile;
    }
}
