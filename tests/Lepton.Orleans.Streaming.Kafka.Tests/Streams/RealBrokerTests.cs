using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.Streaming.Kafka.Adapters;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Lepton.Orleans.Streaming.Kafka.Tests.Brokers;
using Lepton.Orleans.Streaming.Kafka.Tests.Clusters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Streams;

public sealed class RealBrokerTests : IAsyncLifetime
{
    private const int Partitions = 4;
    private readonly string _topic = $"collected-{Guid.NewGuid():N}";
    private KafkaProcess? _broker;

    private KafkaProcess Broker => _broker!;

    public async ValueTask InitializeAsync()
    {
        _broker = KafkaProcess.FindOrSkip();
        await _broker.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }
    }

    [Fact]
    public async Task Silos_that_join_leave_and_die_in_mid_stream_lose_nothing_and_keep_the_order_of_each_key()
    {
        const int Keys = 20;
        const int Each = 150;
        using var topics = new Topics(Broker.BootstrapServers);
        await topics.CreateAsync(_topic, Partitions);
        await using var cluster = await StartAsync(silos: 2);

        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                await Task.WhenAll(Enumerable.Range(0, Keys).Select(k => SendAsync(topics, $"key-{k}", i)));
            }
        }, TestContext.Current.CancellationToken);
        await CollectedAsync(300);
        await cluster.AddSiloAsync();
        await CollectedAsync(900);
        await cluster.StopSiloAsync(cluster.Silos[1]);
        await CollectedAsync(1500);
        await cluster.KillSiloAsync(cluster.Silos[^1]);
        await sending;

        await StreamCluster.EventuallyAsync(() => Collector.Of(_topic).Distinct().Count() == Keys * Each, "all events must come");
        foreach (var key in Collector.Of(_topic).GroupBy(e => e.Key))
        {
            // A hand-over may deliver again; what comes for the first time comes in order.
            Assert.Equal(Enumerable.Range(0, Each), key.Select(e => int.Parse(e.Json, CultureInfo.InvariantCulture)).Distinct());
        }
    }

    [Fact]
    public async Task A_silo_that_leaves_in_peace_commits_what_it_delivered_so_that_nothing_comes_twice()
    {
        using var topics = new Topics(Broker.BootstrapServers);
        await topics.CreateAsync(_topic, Partitions);
        await using (await StartAsync(silos: 1))
        {
            await Task.WhenAll(Enumerable.Range(0, 200).Select(i => SendAsync(topics, $"key-{i % 10}", i)));
            await CollectedAsync(200);
        }

        Assert.Equal(200, topics.Committed("orleans", _topic, Partitions).Sum(offset => Math.Max(0, offset)));
        await using (await StartAsync(silos: 1))
        {
            await SendAsync(topics, "key-0", 200);
            await CollectedAsync(201);
        }

        Assert.Equal(Enumerable.Range(0, 201), Collector.Of(_topic).Select(e => int.Parse(e.Json, CultureInfo.InvariantCulture)).Order());
    }

    [Fact]
    public async Task Kill_9_of_the_broker_and_its_restart_lose_nothing_and_send_nothing_twice()
    {
        const int Count = 600;
        using var topics = new Topics(Broker.BootstrapServers);
        await topics.CreateAsync(_topic, Partitions);
        await using var cluster = await StartAsync(silos: 1);
        var sending = Task.Run(async () =>
        {
            var stream = cluster.Stream<int>(_topic, "key");
            foreach (var chunk in Enumerable.Range(0, Count).Chunk(20))
            {
                await Task.WhenAll(chunk.Select(i => stream.OnNextAsync(i)));
            }
        }, TestContext.Current.CancellationToken);
        await CollectedAsync(100);
        await Broker.KillAsync();
        await Broker.StartAsync(TestContext.Current.CancellationToken);
        await sending;
        await CollectedAsync(Count);

        // Idempotent: what the broker had before it died and the client sent again is there once, and in order within the chunks sent side by side.
        var messages = topics.Read(_topic, Partitions, Count + 1);
        Assert.Equal(Enumerable.Range(0, Count), messages.Select(m => int.Parse(Encoding.UTF8.GetString(m.Message.Value!), CultureInfo.InvariantCulture)).Order());
        Assert.Equal(Enumerable.Range(0, Count), Collector.Of(_topic).Select(e => int.Parse(e.Json, CultureInfo.InvariantCulture)).Distinct().Order());
    }

    [Fact]
    public async Task A_topic_that_is_missing_is_waited_for()
    {
        using var topics = new Topics(Broker.BootstrapServers);
        await using var cluster = await StartAsync(silos: 1, options => options.ProduceTimeout = TimeSpan.FromSeconds(2));
        var refusal = await Assert.ThrowsAsync<KafkaSendException>(() => cluster.Stream<int>(_topic, "key").OnNextAsync(1));
        Assert.Contains(_topic, refusal.Message, StringComparison.Ordinal);

        await topics.CreateAsync(_topic, Partitions);
        await SendAsync(topics, "key", 2);
        await CollectedAsync(1);
        Assert.Equal([("key", "2")], Collector.Of(_topic));
    }

    [Fact]
    public async Task Partitions_that_are_added_and_not_read_are_noticed_within_a_minute()
    {
        using var topics = new Topics(Broker.BootstrapServers);
        await topics.CreateAsync(_topic, Partitions);
        var options = new KafkaStreamOptions { BootstrapServers = Broker.BootstrapServers, Topics = { new KafkaTopicOptions { Name = _topic, Partitions = Partitions } } };
        var (clock, log, unread) = (new FakeTimeProvider(), new LogLines(), -1);
        using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new KafkaMetrics(meters.GetRequiredService<IMeterFactory>(), clock);
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => self.EnableMeasurementEvents(instrument) };
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => unread = instrument.Name == "kafka.stream.partitions.unread" ? value : unread);
        listener.Start();
        using var clients = new KafkaClients(options, "kafka", log);
        using var looked = new KafkaTopics("kafka", options, clients, (names, how) => clients.Admin.DescribeTopicsAsync(names, how), metrics, clock, log);
        await looked.EnsureAsync();
        await UnreadAsync(0);
        Assert.Empty(log.Errors);

        await topics.ExtendAsync(_topic, Partitions + 2);
        await UnreadAsync(2);
        await UnreadAsync(2);
        Assert.Contains($"Set Partitions to {Partitions + 2}", Assert.Single(log.Errors), StringComparison.Ordinal);

        Task UnreadAsync(int expected) => StreamCluster.EventuallyAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromMinutes(1));
                listener.RecordObservableInstruments();
                return unread == expected;
            },
            $"{expected} partitions must be noticed");
    }

    [Fact]
    public async Task Topics_are_created_where_that_is_wanted()
    {
        using var topics = new Topics(Broker.BootstrapServers);
        await using var cluster = await StartAsync(silos: 1, options => (options.CreateTopics, options.DeadLetterTopic) = (true, $"{_topic}.dead"));
        await StreamCluster.EventuallyAsync(
            () =>
            {
                try
                {
                    return topics.SendAsync(_topic, 0, "key", "no json"u8.ToArray()).Wait(1000);
                }
                catch (AggregateException)
                {
                    return false;
                }
            },
            "the topic must be created");
        Assert.Single(topics.Read($"{_topic}.dead", 1, 1));
    }

    [Fact]
    public async Task A_topic_that_cannot_be_created_is_complained_about_once()
    {
        // More copies than there are brokers.
        var options = new KafkaStreamOptions
        {
            BootstrapServers = Broker.BootstrapServers, CreateTopics = true, ReplicationFactor = 3, Topics = { new KafkaTopicOptions { Name = _topic, Partitions = Partitions } },
        };
        var log = new LogLines();
        using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var clients = new KafkaClients(options, "kafka", log);
        using var topics = new KafkaTopics("kafka", options, clients, (names, how) => clients.Admin.DescribeTopicsAsync(names, how), new KafkaMetrics(meters.GetRequiredService<IMeterFactory>(), TimeProvider.System), TimeProvider.System, log);
        for (var look = 0; look < 3; look++)
        {
            await Assert.ThrowsAsync<KafkaTopicException>(topics.EnsureAsync);
        }

        Assert.Contains("could not be created", Assert.Single(log.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Poison_is_passed_over_where_the_name_of_the_dead_letters_is_empty()
    {
        using var topics = new Topics(Broker.BootstrapServers);
        await topics.CreateAsync(_topic, Partitions);
        await using var cluster = await StartAsync(silos: 1, options => options.DeadLetterTopic = "");
        await topics.SendAsync(_topic, 0, "key", "no json"u8.ToArray());
        await topics.SendAsync(_topic, 0, "key", "2"u8.ToArray());
        await CollectedAsync(1);
        Assert.Equal([("key", "2")], Collector.Of(_topic));
    }

    [Fact]
    public async Task Messages_of_a_megabyte_pass_through_a_bounded_cache_and_can_be_rewound()
    {
        const int Count = 30;
        using var topics = new Topics(Broker.BootstrapServers);
        await topics.CreateAsync($"big{_topic}", 1, ("max.message.bytes", "2000000"));
        await using var cluster = await StreamCluster.StartAsync(1, options =>
        {
            options.BootstrapServers = Broker.BootstrapServers;
            options.Topics = [new KafkaTopicOptions { Name = $"big{_topic}", Partitions = 1 }];
            options.CacheBytes = 4 << 20;
            options.ClientSettings["message.max.bytes"] = "2000000";
        });
        var stream = cluster.Stream<byte[]>($"big{_topic}", "key");
        var received = await stream.ReceiveAsync();
        for (var i = 0; i < Count; i++)
        {
            var item = new byte[1 << 20];
            item[0] = (byte)i;
            await stream.OnNextAsync(item);
        }

        await received.CountAsync(Count);
        Assert.Equal(Enumerable.Range(0, Count), received.Items.Select(item => (int)item[0]));

        var again = await stream.ReceiveAsync(received.Tokens[3]);
        await again.CountAsync(Count - 3);
        Assert.Equal(Enumerable.Range(3, Count - 3), again.Items.Select(item => (int)item[0]));
    }

    private Task<StreamCluster> StartAsync(short silos, Action<KafkaStreamOptions>? configure = null) => StreamCluster.StartAsync(
        silos,
        options =>
        {
            options.BootstrapServers = Broker.BootstrapServers;
            options.Topics = [new KafkaTopicOptions { Name = _topic, Partitions = Partitions }];
            options.CommitInterval = TimeSpan.FromMilliseconds(200);
            configure?.Invoke(options);
        },
        json: true);

    private Task<Confluent.Kafka.DeliveryResult<byte[]?, byte[]?>> SendAsync(Topics topics, string key, int value) => topics.SendAsync(
        _topic, Murmur2.Partition(Encoding.UTF8.GetBytes(key), Partitions), key, Encoding.UTF8.GetBytes(value.ToString(CultureInfo.InvariantCulture)));

    private Task CollectedAsync(int count) => StreamCluster.EventuallyAsync(() => Collector.Of(_topic).Distinct().Count() >= count, $"{count} events must come");
}
