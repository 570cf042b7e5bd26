using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Ledgers;

/// <summary>
/// A producer as others have one: feedback to the topic that is ingested, keyed by user. Values without timestamps add up, so
/// that a message that is applied twice, or not at all, shows in the sum. Everything it does is in its ledger.
/// </summary>
internal sealed class KafkaFeedback(KafkaProcess kafka, Ledger ledger) : IDisposable
{
    public const string Topic = "lepton.feedback";
    public const int Partitions = 4;

    /// <summary>How many messages <see cref="AppliedAsync"/> sends.</summary>
    public const int Marks = 2 * Partitions;
    private const int Users = 300;
    private const int Items = 40;
    private static readonly DateTime FirstEvent = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly IProducer<string, byte[]?> producer = new ProducerBuilder<string, byte[]?>(new ProducerConfig
    {
        BootstrapServers = kafka.BootstrapServers,
        EnableIdempotence = true,
        Partitioner = Partitioner.Murmur2,
        LingerMs = 5,
        MessageTimeoutMs = 120_000,
    }).SetErrorHandler(static (_, _) => { }).SetLogHandler(static (_, _) => { }).Build();

    private int count;

    /// <summary>The settings of a silo that ingests it.</summary>
    public static (string Key, string Value)[] Settings(KafkaProcess kafka) =>
        [("Lepton:Kafka", kafka.BootstrapServers), ("Lepton:Kafka:Partitions", Partitions.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Sends until it is told to stop, and ends when the broker has all of it.</summary>
    public async Task SendUntilAsync(Random random, CancellationToken stop)
    {
        // Not faster than silos that come and go take it in: what is waited for afterwards is the hand-over, not a backlog.
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!stop.IsCancellationRequested)
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => SendOneAsync(random)));
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Deletes the topic and creates it anew, as an operator might: its offsets begin again.</summary>
    public async Task RecreateAsync()
    {
        using var admin = Admin();
        await admin.DeleteTopicsAsync([Topic]);
        await Eventually.TrueAsync(
            async _ =>
            {
                try
                {
                    await admin.CreateTopicsAsync([new TopicSpecification { Name = Topic, NumPartitions = Partitions, ReplicationFactor = 1 }]);
                    return true;
                }
                catch (CreateTopicsException)
                {
                    // The broker is still busy with its deletion.
                    return false;
                }
            },
            "the topic must be created anew",
            TimeSpan.FromSeconds(60),
            CancellationToken.None);
    }

    /// <summary>A client for what operators do.</summary>
    public IAdminClient Admin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka.BootstrapServers })
        .SetErrorHandler(static (_, _) => { }).SetLogHandler(static (_, _) => { }).Build();

    /// <summary>Sends so many messages, of one row or several, and ends when the broker has them.</summary>
    public async Task SendAsync(int messages, Random random)
    {
        for (var sent = 0; sent < messages; sent += 500)
        {
            await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => SendOneAsync(random)));
        }
    }

    /// <summary>Ends when the silo has applied all that was sent before.</summary>
    /// <remarks>
    /// Users of one batch are applied side by side, so that a last message may show before others of its batch: only when one of the
    /// next batch shows is that batch done.
    /// </remarks>
    public async Task AppliedAsync(LeptonRestClient client, TimeSpan deadline, CancellationToken cancellationToken)
    {
        await MarkedAsync(client, deadline, cancellationToken);
        await MarkedAsync(client, deadline, cancellationToken);
    }

    /// <summary>Sends bytes.</summary>
    public Task<Answer> ProduceAsync(string key, byte[]? value) => ProduceAsync(new TopicPartition(Topic, Partition.Any), key, value);

    public void Dispose() => producer.Dispose();

    // Sends a last message to every partition; ends when the silo shows all of them.
    private async Task MarkedAsync(LeptonRestClient client, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var marks = new List<FeedbackRow>();
        for (var partition = 0; partition < Partitions; partition++)
        {
            var mark = new FeedbackRow { FeedbackType = "mark", UserId = Id("mark-", partition), ItemId = Id("m", Interlocked.Increment(ref count)), Value = 1 };
            marks.Add(mark);
            await ledger.SendAsync([mark], () => ProduceAsync(new TopicPartition(Topic, partition), mark.UserId, JsonSerializer.SerializeToUtf8Bytes(mark)));
        }

        await Eventually.TrueAsync(
            async token =>
            {
                try
                {
                    foreach (var mark in marks)
                    {
                        if (!(await client.FeedbackOfAsync(mark.UserId, token)).Any(row => row.Key == mark.Key))
                        {
                            return false;
                        }
                    }

                    return true;
                }
                catch (HttpRequestException)
                {
                    // Busy, or on its way up.
                    return false;
                }
            },
            "what was sent must be applied",
            deadline,
            cancellationToken);
    }

    private async Task SendOneAsync(Random random)
    {
        FeedbackRow[] rows;
        lock (random)
        {
            var user = Id("k", random.Next(Users));
            rows = [.. Enumerable.Range(0, random.Next(4) == 0 ? 3 : 1).Select(_ => RowOf(user, random)).DistinctBy(row => row.Key)];
        }

        var value = rows.Length == 1 ? JsonSerializer.SerializeToUtf8Bytes(rows[0]) : JsonSerializer.SerializeToUtf8Bytes(rows);
        await ledger.SendAsync(rows, () => ProduceAsync(rows[0].UserId, value));
    }

    private FeedbackRow RowOf(string user, Random random)
    {
        var number = Interlocked.Increment(ref count);
        return random.Next(3) == 0
            ? new FeedbackRow { FeedbackType = "like", UserId = user, ItemId = Id("e", number), Value = 1, Timestamp = FirstEvent.AddSeconds(number), Comment = Id("event ", number) }
            : new FeedbackRow { FeedbackType = "play", UserId = user, ItemId = Id("c", random.Next(Items)), Value = 1 };
    }

    private async Task<Answer> ProduceAsync(TopicPartition partition, string key, byte[]? value)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await producer.ProduceAsync(partition, new Message<string, byte[]?> { Key = key, Value = value });
            return new Answer(Outcome.Acknowledged, null, Stopwatch.GetElapsedTime(started), false, "");
        }
        catch (ProduceException<string, byte[]?> exception)
        {
            return new Answer(Outcome.Unanswered, null, Stopwatch.GetElapsedTime(started), false, exception.Message);
        }
    }

    private static string Id(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}");
}
