#:package Confluent.Kafka
// A backlog of feedback in Kafka, and how fast it is taken in.
//
//   dotnet run backlog.cs fill SERVERS MESSAGES USERS ITEMS PARTITIONS   creates lepton.feedback and fills it
//   dotnet run backlog.cs drain SERVERS PARTITIONS PID                   waits until the group "lepton" has committed all of it
//
// drain prints the messages, the rate between the first and the last tenth by the wall clock and by the processor time of
// process PID, and that process's largest resident size.
using System.Diagnostics;
using System.Globalization;
using System.Text;
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
    default:
        Console.Error.WriteLine("usage: dotnet run backlog.cs fill SERVERS MESSAGES USERS ITEMS PARTITIONS | drain SERVERS PARTITIONS PID");
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
    var start = new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    for (var i = 0; i < messages; i++)
    {
        var user = string.Create(CultureInfo.InvariantCulture, $"u{random.Next(users)}");
        var value = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"FeedbackType":"like","ItemId":"i{{(int)(items * Math.Pow(random.NextDouble(), 2))}}","Timestamp":"{{start.AddSeconds(i):yyyy-MM-ddTHH:mm:ssZ}}"}"""));
        while (true)
        {
            try
            {
                producer.Produce(Topic, new Message<string, byte[]> { Key = user, Value = value });
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

static async Task DrainAsync(string servers, int partitions, Process silo)
{
    using var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = servers, GroupId = "lepton" }).Build();
    var all = Enumerable.Range(0, partitions).Select(p => new TopicPartition(Topic, p)).ToList();
    var total = all.Sum(p => consumer.QueryWatermarkOffsets(p, TimeSpan.FromSeconds(10)).High.Value);
    (long Done, TimeSpan Wall, TimeSpan Processor)? first = null;
    var watch = Stopwatch.StartNew();
    while (true)
    {
        var done = consumer.Committed(all, TimeSpan.FromSeconds(10)).Sum(o => Math.Max(0, o.Offset.Value));
        silo.Refresh();
        var now = (Done: done, Wall: watch.Elapsed, Processor: silo.TotalProcessorTime);
        first ??= done > total / 10 ? now : null;
        if (first is { } from && done > total * 9 / 10)
        {
            var count = now.Done - from.Done;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{total} messages; {count / (now.Wall - from.Wall).TotalSeconds:F0} a second, {count / (now.Processor - from.Processor).TotalSeconds:F0} a second of processor time; resident at most {silo.PeakWorkingSet64 >> 20} MiB"));
            return;
        }

        await Task.Delay(200);
    }
}
