using System.Diagnostics.Metrics;
using Confluent.Kafka;
using ErrorCode = Confluent.Kafka.ErrorCode;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Lepton.Orleans.Streaming.Kafka.Tests.Brokers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Streams;

public sealed class TopicIdTests : IClassFixture<MockBroker>, IDisposable
{
    private readonly string _topic = $"orders-{Guid.NewGuid():N}";
    private readonly KafkaStreamOptions _options;
    private readonly KafkaClients _clients;
    private readonly KafkaMetrics _metrics = new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>(), TimeProvider.System);

    public TopicIdTests(MockBroker broker)
    {
        _options = new KafkaStreamOptions
        {
            BootstrapServers = broker.BootstrapServers, CreateTopics = false, Topics = { new KafkaTopicOptions { Name = _topic, Partitions = MockBroker.Partitions } },
        };
        _clients = new KafkaClients(_options, "kafka", NullLogger.Instance);
    }

    [Fact]
    public async Task A_broker_that_does_not_say_which_topic_it_is_is_asked_again()
    {
        var topics = TopicsThatAnswer(ErrorCode.Local_TimedOut, ErrorCode.Local_Transport, ErrorCode.UnsupportedVersion);
        Assert.Equal(ErrorCode.Local_TimedOut, (await Assert.ThrowsAsync<KafkaException>(topics.EnsureAsync)).Error.Code);
        Assert.Equal(ErrorCode.Local_Transport, (await Assert.ThrowsAsync<KafkaException>(topics.EnsureAsync)).Error.Code);
        await topics.EnsureAsync();
    }

    [Theory]
    [InlineData(ErrorCode.Local_UnsupportedFeature)]
    [InlineData(ErrorCode.UnsupportedVersion)]
    public async Task A_broker_that_knows_no_ids_is_read_without(ErrorCode error)
    {
        var topics = TopicsThatAnswer(error);

        await topics.EnsureAsync();
        Assert.Equal("", topics.IdOf(_topic));
    }

    public void Dispose() => _clients.Dispose();

    [Fact]
    public async Task A_broker_that_is_not_to_be_asked_is_not_asked()
    {
        _options.TopicIds = false;
        await TopicsThatAnswer().EnsureAsync();
    }

    // One answer a question.
    private KafkaTopics TopicsThatAnswer(params ErrorCode[] errors)
    {
        var answers = new Queue<ErrorCode>(errors);
        return new KafkaTopics("kafka", _options, _clients, (_, _) => throw new KafkaException(new Error(answers.Dequeue())), _metrics, TimeProvider.System, NullLogger.Instance);
    }
}
