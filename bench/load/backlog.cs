#:package Confluent.Kafka
// A backlog of feedback in Kafka, and how fast it is taken in.
//
//   dotnet run backlog.cs fill SERVERS MESSAGES USERS ITEMS PARTITIONS   creates lepton.feedback and fills it
//   dotnet run backlog.cs drain SERVERS PARTITIONS PID                   waits until the group "lepton" has committed all of it
//   dotnet run backlog.cs probe SERVERS URL RATE SECONDS USERS ITEMS     sends so many messages a second, and looks how soon they show
//
// drain prints the messages, the rate between the first and the last tenth by the wall clock and by the processor time of
// process PID (user and system, /proc/PID/stat), and that process's resident size: before, and the largest.
// probe likes, by way of Kafka, the first item of a list and asks for the list until the item is gone: the time from sending to
// the answer that shows it.
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

const string Topic = "lepton.feedback";
switch (args)
{
    case ["fill", var servers, var messages, var users, var items, var partitions]:
        await FillAsync(servers, Number(messages), Number(users), Number(items), Number(partitions));
        return 0;
    case ["drain", var servers, var partitions, var pid]:
        await DrainAsync(servers, Number(partitions), Process.GetProcessById(Number(pid)));
        return 0;
    case ["probe", var servers, var url, var rate, var seconds, var users, var items]:
        await ProbeAsync(servers, new Uri(url), Number(rate), TimeSpan.FromSeconds(Number(seconds)), Number(users), Number(items));
        return 0;
    default:
        Console.Error.WriteLine("usage: dotnet run backlog.cs fill SERVERS MESSAGES USERS ITEMS PARTITIONS | drain SERVERS PARTITIONS PID | probe SERVERS URL RATE SECONDS USERS ITEMS");
        return 2;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static async Task FillAsync(string servers, int messages, int users, int items, int partitions)
{
    using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build();
    await admin.CreateTopicsAsync([new TopicSpecification { Name = Topic, NumPartitions = partitions, ReplicationFactor = 1 }]);
    using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig
    {
        BootstrapServers = servers, Partitioner = Partitioner.Murmur2, LingerMs = 50, BatchSize = 1 << 20, QueueBufferingMaxMessages = 500_000,
    }).Build();
    var random = new Random(1);
    for (var i = 0; i < messages; i++)
    {
        var message = MessageOf(random, i, users, items);
        while (true)
        {
            try
            {
                producer.Produce(Topic, message);
                break;
            }
            catch (ProduceException<string, byte[]> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull)
            {
                producer.Poll(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    producer.Flush(TimeSpan.FromMinutes(5));
}

static Message<string, byte[]> MessageOf(Random random, int number, int users, int items)
{
    var start = new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    return new Message<string, byte[]>
    {
        Key = string.Create(CultureInfo.InvariantCulture, $"u{random.Next(users)}"),
        Value = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"FeedbackType":"like","ItemId":"i{{(int)(items * Math.Pow(random.NextDouble(), 2))}}","Timestamp":"{{start.AddSeconds(number):yyyy-MM-ddTHH:mm:ssZ}}"}""")),
    };
}

static async Task DrainAsync(string servers, int partitions, Process silo)
{
    using var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = servers, GroupId = "lepton" }).Build();
    var all = Enumerable.Range(0, partitions).Select(p => new TopicPartition(Topic, p)).ToList();
    var total = all.Sum(p => consumer.QueryWatermarkOffsets(p, TimeSpan.FromSeconds(10)).High.Value);
    (long Done, TimeSpan Wall, TimeSpan Processor)? first = null;
    string? result = null;
    silo.Refresh();
    var (watch, before) = (Stopwatch.StartNew(), silo.WorkingSet64);
    while (true)
    {
        var done = consumer.Committed(all, TimeSpan.FromSeconds(10)).Sum(o => Math.Max(0, o.Offset.Value));
        silo.Refresh();
        var now = (Done: done, Wall: watch.Elapsed, Processor: silo.TotalProcessorTime);
        first ??= done > total / 10 ? now : null;
        if (first is { } from && done > total * 9 / 10)
        {
            var count = now.Done - from.Done;
            result ??= string.Create(
                CultureInfo.InvariantCulture,
                $"{total} messages; {count / (now.Wall - from.Wall).TotalSeconds:F0} a second, {count / (now.Processor - from.Processor).TotalSeconds:F0} a second of processor time; resident {before >> 20} MiB at first, {silo.PeakWorkingSet64 >> 20} MiB at most");
        }

        // To the end, or what comes after it is measured behind what is left.
        if (done == total)
        {
            Console.WriteLine(result);
            return;
        }

        await Task.Delay(200);
    }
}

static async Task ProbeAsync(string servers, Uri url, int rate, TimeSpan time, int users, int items)
{
    using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = servers, Partitioner = Partitioner.Murmur2, LingerMs = 1 }).Build();
    using var http = new HttpClient { BaseAddress = url };
    var watch = Stopwatch.StartNew();
    var load = Task.Run(async () =>
    {
        var random = new Random(2);
        for (var sent = 0; watch.Elapsed < time; await Task.Delay(5))
        {
            for (var due = (int)(rate * watch.Elapsed.TotalSeconds); sent < due; sent++)
            {
                producer.Produce(Topic, MessageOf(random, 20_000_000 + sent, users, items));
            }
        }
    });
    var latencies = new List<double>();
    for (var probe = 0; watch.Elapsed < time; probe++)
    {
        var user = string.Create(CultureInfo.InvariantCulture, $"u{probe % users}");
        var path = new Uri($"/api/recommend/{user}?n=10", UriKind.Relative);
        if (await ListAsync(http, path) is not [var item, ..])
        {
            throw new InvalidOperationException($"{user} has no list.");
        }

        var value = Encoding.UTF8.GetBytes($$"""{"FeedbackType":"like","ItemId":"{{item}}"}""");
        var sent = Stopwatch.GetTimestamp();
        producer.Produce(Topic, new Message<string, byte[]> { Key = user, Value = value });
        while ((await ListAsync(http, path)).Contains(item))
        {
            await Task.Delay(1);
        }

        latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        await Task.Delay(5);
    }

    await load;
    producer.Flush(TimeSpan.FromMinutes(1));
    latencies.Sort();
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{latencies.Count} probes beside {rate} messages a second: shown after {latencies[latencies.Count / 2]:F0} ms (median), {latencies[latencies.Count * 99 / 100]:F0} ms (p99), {latencies[^1]:F0} ms (at most)"));
}

static async Task<List<string>> ListAsync(HttpClient http, Uri path)
{
    using var list = JsonDocument.Parse(await http.GetStringAsync(path));
    return [.. list.RootElement.EnumerateArray().Select(id => id.GetString()!)];
}
