using Lepton.Orleans.Silo.Streams;
using Lepton.Orleans.Streaming.Kafka;
using Lepton.Orleans.Streaming.Kafka.Tests.Brokers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Tests.Kafka;

public sealed class FeedbackQueueTests(MockBroker broker) : IClassFixture<MockBroker>
{
    private const int Users = 40;

    [Fact]
    public async Task Nothing_is_sent_to_partitions_that_the_topic_has_and_nobody_reads()
    {
        const int Read = MockBroker.Partitions / 2;
        var services = new ServiceCollection();
        services.Configure<KafkaStreamOptions>(FeedbackDataAdapter.Provider, kafka =>
        {
            kafka.BootstrapServers = broker.BootstrapServers;
            kafka.Topics = [new KafkaTopicOptions { Name = FeedbackDataAdapter.Topic, Partitions = Read }];
        });
        await using var provider = services.BuildServiceProvider();
        using var queue = new FeedbackQueue(provider.GetRequiredService<IOptionsMonitor<KafkaStreamOptions>>(), NullLogger<FeedbackQueue>.Instance);
        await queue.SendAsync([.. Enumerable.Range(0, Users).Select(i => new Feedback { FeedbackType = "like", UserId = $"user-{i}", ItemId = "tea", Value = 1 })]);

        using var topics = new Topics(broker.BootstrapServers);
        var partitions = topics.Read(FeedbackDataAdapter.Topic, MockBroker.Partitions, Users).Select(message => message.Partition.Value).ToList();
        Assert.Equal(Users, partitions.Count);
        Assert.Equal(Enumerable.Range(0, Read), partitions.Distinct().Order());
    }
}
