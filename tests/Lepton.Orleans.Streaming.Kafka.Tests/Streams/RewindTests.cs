using System.Globalization;
using System.Text;
using Lepton.Orleans.Streaming.Kafka.Adapters;
using Lepton.Orleans.Streaming.Kafka.Tests.Brokers;
using Lepton.Orleans.Streaming.Kafka.Tests.Clusters;
using Orleans.Providers.Streams.Common;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Streams;

public sealed class RewindTests(MockBroker broker) : IClassFixture<MockBroker>
{
    private const int Each = 60;
    private const int HeldAt = 20;
    private const int CacheSize = 10;
    private readonly string _topic = $"orders-{Guid.NewGuid():N}";

    [Fact]
    public async Task What_was_read_again_can_be_read_again_once_more()
    {
        await using var cluster = await StartAsync();
        var stream = cluster.Stream<int>(_topic, KeyOf(1));
        await SendAsync(stream, 0, Each);
        for (var time = 0; time < 3; time++)
        {
            var again = await stream.ReceiveAsync(new EventSequenceTokenV2(0));
            await again.CountAsync(Each);
            Assert.Equal(Enumerable.Range(0, Each), again.Items);
        }
    }

    [Fact]
    public async Task A_hand_over_in_the_middle_of_a_rewind_loses_nothing_of_it()
    {
        await using var cluster = await StartAsync();
        var keys = Enumerable.Range(0, MockBroker.Partitions).Select(KeyOf).ToList();
        foreach (var key in keys)
        {
            await SendAsync(cluster.Stream<int>(_topic, key), 0, Each);
            await (await cluster.Stream<int>(_topic, key).ReceiveAsync(new EventSequenceTokenV2(0))).CountAsync(Each);
        }

        foreach (var key in keys)
        {
            await cluster.Grains.GetGrain<IHolder>(key).SubscribeAsync(_topic, 0, HeldAt);
            await Holder.Of(_topic, key).CountAsync(HeldAt + 1);
        }

        await cluster.AddSiloAsync();
        await cluster.SharedAsync(MockBroker.Partitions);
        foreach (var key in keys)
        {
            Holder.Release(_topic, key);
            await cluster.Stream<int>(_topic, key).OnNextAsync(Each);
            await StreamCluster.EventuallyAsync(() => Holder.Of(_topic, key).Items.Contains(Each), "the last event must come");
            Assert.Equal(Enumerable.Range(0, Each + 1), Holder.Of(_topic, key).Items.Distinct());
        }
    }

    [Fact]
    public async Task A_cache_that_is_full_does_not_keep_a_subscriber_from_what_is_read_again()
    {
        await using var cluster = await StartAsync();
        var key = KeyOf(1);
        var slow = Enumerable.Range(0, 1000).Select(i => $"slow-{i}").First(k => Murmur2.Partition(Encoding.UTF8.GetBytes(k), MockBroker.Partitions) == 1);
        await SendAsync(cluster.Stream<int>(_topic, key), 0, Each);
        await (await cluster.Stream<int>(_topic, key).ReceiveAsync(new EventSequenceTokenV2(0))).CountAsync(Each);

        // Whoever does not come to an end with its first event keeps the cache full.
        await cluster.Grains.GetGrain<IHolder>(slow).SubscribeAsync(_topic, Each, 0);
        await SendAsync(cluster.Stream<int>(_topic, slow), 0, 3 * CacheSize);
        await Holder.Of(_topic, slow).CountAsync(1);

        var again = await cluster.Stream<int>(_topic, key).ReceiveAsync(new EventSequenceTokenV2(0));
        await again.CountAsync(Each);
        Holder.Release(_topic, slow);
        Assert.Equal(Enumerable.Range(0, Each), again.Items);
    }

    private static string KeyOf(int partition) => Enumerable.Range(0, 1000)
        .Select(i => string.Create(CultureInfo.InvariantCulture, $"key-{i}"))
        .First(key => Murmur2.Partition(Encoding.UTF8.GetBytes(key), MockBroker.Partitions) == partition);

    private static async Task SendAsync(IAsyncStream<int> stream, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            await stream.OnNextAsync(i);
        }
    }

    private Task<StreamCluster> StartAsync() => StreamCluster.StartAsync(1, options =>
    {
        options.BootstrapServers = broker.BootstrapServers;
        options.TopicIds = false;
        options.Topics = [new KafkaTopicOptions { Name = _topic, Partitions = MockBroker.Partitions }];
        options.CommitInterval = TimeSpan.FromMilliseconds(100);
        (options.BatchSize, options.CacheSize) = (CacheSize, CacheSize);
    });
}
