using System.Globalization;
using System.Text;
using Lepton.Orleans.Streaming.Kafka.Adapters;
using Lepton.Orleans.Streaming.Kafka.Tests.Brokers;
using Lepton.Orleans.Streaming.Kafka.Tests.Clusters;
using Orleans.Streams;
using Orleans.Providers.Streams.Common;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Streams;

public sealed class MockBrokerTests(MockBroker broker) : IClassFixture<MockBroker>
{
    private string _topic = $"orders-{Guid.NewGuid():N}";

    [Fact]
    public async Task Events_of_a_key_come_in_order_whatever_the_others_do()
    {
        await using var cluster = await StartAsync();
        var keys = Enumerable.Range(0, 8).Select(k => $"key-{k}").ToList();
        var received = new Dictionary<string, Received<int>>();
        foreach (var key in keys)
        {
            received[key] = await cluster.Stream<int>(_topic, key).ReceiveAsync();
        }

        await Task.WhenAll(keys.Select(async key =>
        {
            for (var i = 0; i < 50; i++)
            {
                await cluster.Stream<int>(_topic, key).OnNextAsync(i);
            }
        }));

        foreach (var key in keys)
        {
            await received[key].CountAsync(50);
            Assert.Equal(Enumerable.Range(0, 50), received[key].Items);
        }
    }

    [Fact]
    public async Task A_token_is_an_offset_and_leads_back_to_what_the_cache_has_forgotten()
    {
        await using var cluster = await StartAsync(options => (options.BatchSize, options.CacheSize) = (10, 10));
        var stream = cluster.Stream<int>(_topic, "key");
        var first = await stream.ReceiveAsync();
        for (var i = 0; i < 200; i++)
        {
            await stream.OnNextAsync(i);
        }

        await first.CountAsync(200);
        Assert.Equal(Enumerable.Range(0, 200).Select(i => (long)i), first.Tokens.Select(t => t.SequenceNumber));

        var again = await stream.ReceiveAsync(first.Tokens[50]);
        await again.CountAsync(150);
        await stream.OnNextAsync(200);
        await again.CountAsync(151);
        Assert.Equal(Enumerable.Range(50, 151), again.Items);
    }

    [Fact]
    public async Task Token_0_leads_back_to_the_beginning()
    {
        await using var cluster = await StartAsync();
        var stream = cluster.Stream<string>(_topic, "key");
        var first = await stream.ReceiveAsync();
        await stream.OnNextBatchAsync(["a", "b"]);
        await stream.OnNextAsync("c");
        await first.CountAsync(3);

        var again = await stream.ReceiveAsync(new EventSequenceTokenV2(0));
        await again.CountAsync(3);
        Assert.Equal(["a", "b", "c"], again.Items);
    }

    [Theory]
    [InlineData(KafkaStartPosition.Earliest, new[] { 1, 2 })]
    [InlineData(KafkaStartPosition.Latest, new[] { 2 })]
    public async Task A_partition_is_first_read_from_where_the_options_say(KafkaStartPosition start, int[] expected)
    {
        using var topics = new Topics(broker.BootstrapServers);
        _topic = $"collected-{Guid.NewGuid():N}";
        var partition = Murmur2.Partition("key"u8, MockBroker.Partitions);
        await topics.SendAsync(_topic, partition, "key", "1"u8.ToArray());

        await using (await StartAsync(options => (options.StartPosition, options.Group) = (start, _topic), json: true))
        {
            // Who starts at the end has seen the end when its offset is committed.
            await StreamCluster.EventuallyAsync(
                () => topics.Committed(_topic, _topic, MockBroker.Partitions)[partition] >= (start == KafkaStartPosition.Latest ? 1 : 0), "an offset must be committed");
            await topics.SendAsync(_topic, partition, "key", "2"u8.ToArray());
            await StreamCluster.EventuallyAsync(() => Collector.Of(_topic).Count >= expected.Length, "the messages must come");
        }

        Assert.Equal(expected, Collector.Of(_topic).Select(e => int.Parse(e.Json, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Plain_JSON_of_any_producer_reaches_the_stream_of_its_key()
    {
        using var topics = new Topics(broker.BootstrapServers);
        await using var cluster = await StartAsync(json: true);
        var received = await cluster.Stream<Order>(_topic, "anna").ReceiveAsync();
        await topics.SendAsync(_topic, 1, "anna", """{"item":"tea","count":2}"""u8.ToArray());
        await topics.SendAsync(_topic, 1, "anna", """[{"item":"cup"},{"item":"milk","count":1}]"""u8.ToArray());

        await received.CountAsync(3);
        Assert.Equal([new Order("tea", 2), new Order("cup", 0), new Order("milk", 1)], received.Items);
        Assert.Equal([(0, 0), (1, 0), (1, 1)], received.Tokens.Select(t => ((int)t.SequenceNumber, t.EventIndex)));
    }

    [Fact]
    public async Task What_is_sent_as_JSON_is_plain_and_goes_where_other_producers_send_the_key()
    {
        using var topics = new Topics(broker.BootstrapServers);
        await using var cluster = await StartAsync(json: true);
        await cluster.Stream<Order>(_topic, "anna").OnNextAsync(new Order("tea", 2));

        var message = Assert.Single(topics.Read(_topic, MockBroker.Partitions, 1));
        Assert.Equal(("anna", """{"item":"tea","count":2}"""), (Encoding.UTF8.GetString(message.Message.Key!), Encoding.UTF8.GetString(message.Message.Value!)));
        Assert.Equal(Murmur2.Partition("anna"u8, MockBroker.Partitions), message.Partition.Value);
    }

    [Theory]
    [InlineData("{ no json", "not JSON")]
    [InlineData("", "not JSON")]
    public async Task A_poison_message_goes_to_the_dead_letters_with_error_and_origin_and_holds_nobody_up(string poison, string error)
    {
        using var topics = new Topics(broker.BootstrapServers);
        await using var cluster = await StartAsync(options => options.DeadLetterTopic = $"{_topic}.dead", json: true);
        var received = await cluster.Stream<int>(_topic, "key").ReceiveAsync();
        await topics.SendAsync(_topic, 2, "key", "1"u8.ToArray());
        await topics.SendAsync(_topic, 2, "key", Encoding.UTF8.GetBytes(poison), ("trace", "t-1"));
        await topics.SendAsync(_topic, 2, "key", "3"u8.ToArray());

        await received.CountAsync(2);
        Assert.Equal([1, 3], received.Items);
        var letter = Assert.Single(topics.Read($"{_topic}.dead", MockBroker.Partitions, 1));
        Assert.Equal(poison, Encoding.UTF8.GetString(letter.Message.Value!));
        Assert.Contains(error, Header(letter, KafkaDeadLetters.ErrorHeader), StringComparison.Ordinal);
        Assert.Equal(
            (nameof(UnreadableMessageException), _topic, "2", "1", "t-1"),
            (Header(letter, KafkaDeadLetters.ErrorTypeHeader), Header(letter, KafkaDeadLetters.TopicHeader), Header(letter, KafkaDeadLetters.PartitionHeader), Header(letter, KafkaDeadLetters.OffsetHeader), Header(letter, "trace")));
    }

    [Fact]
    public async Task A_message_of_an_unknown_version_goes_to_the_dead_letters()
    {
        using var topics = new Topics(broker.BootstrapServers);
        await using var cluster = await StartAsync(options => options.DeadLetterTopic = $"{_topic}.dead");
        await topics.SendAsync(_topic, 0, "key", [1, 2, 3], (OrleansKafkaDataAdapter.VersionHeader, "7"), (OrleansKafkaDataAdapter.NamespaceHeader, _topic));

        var letter = Assert.Single(topics.Read($"{_topic}.dead", MockBroker.Partitions, 1));
        Assert.Contains("version '7'", Header(letter, KafkaDeadLetters.ErrorHeader), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_subscriber_keeps_refusing_goes_to_the_dead_letters_with_what_it_threw()
    {
        using var topics = new Topics(broker.BootstrapServers);
        await using var cluster = await StartAsync(options => options.DeadLetterTopic = $"{_topic}.dead", maxDelivery: TimeSpan.FromSeconds(1));
        var stream = cluster.Stream<int>(_topic, "key");
        var received = new Received<int>();
        var refusals = 0;
        await stream.SubscribeAsync((int item, StreamSequenceToken? token) =>
        {
            if (item == 2)
            {
                Interlocked.Increment(ref refusals);
                throw new InvalidOperationException("This one I will not take.");
            }

            return received.Add(item, token);
        });
        foreach (var item in new[] { 1, 2, 3 })
        {
            await stream.OnNextAsync(item);
        }

        await received.CountAsync(2);
        Assert.Equal([1, 3], received.Items);
        Assert.True(refusals > 1, "It must be tried again.");
        var letter = Assert.Single(topics.Read($"{_topic}.dead", MockBroker.Partitions, 1));
        Assert.Equal("This one I will not take.", Header(letter, KafkaDeadLetters.ErrorHeader));
        Assert.Equal("1", Header(letter, KafkaDeadLetters.OffsetHeader));
    }

    private Task<StreamCluster> StartAsync(Action<KafkaStreamOptions>? configure = null, bool json = false, TimeSpan? maxDelivery = null) => StreamCluster.StartAsync(
        1,
        options =>
        {
            options.BootstrapServers = broker.BootstrapServers;
            options.TopicIds = false;
            options.Topics = [new KafkaTopicOptions { Name = _topic, Partitions = MockBroker.Partitions }];
            options.CommitInterval = TimeSpan.FromMilliseconds(100);
            configure?.Invoke(options);
        },
        json,
        maxDelivery);

    private static string Header(Confluent.Kafka.ConsumeResult<byte[]?, byte[]?> message, string name) =>
        Encoding.UTF8.GetString(message.Message.Headers.GetLastBytes(name));

    internal sealed record Order(string Item, int Count);
}
