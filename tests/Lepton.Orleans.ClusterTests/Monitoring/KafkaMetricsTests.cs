using System.Text.Json;
using Lepton.Orleans.ClusterTests.Faults;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Monitoring;

public sealed class KafkaMetricsTests(ITestOutputHelper output) : FaultTest(output)
{
    private const int Messages = 50;

    // More than a message gets whose failure does not look as if it would pass.
    private const int Retries = 8;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Lag_latency_retries_and_dead_letters_are_what_happened()
    {
        var (kafka, redis) = (await StartAsync(KafkaProcess.FindOrSkip()), await StartAsync(RedisProcess.FindOrSkip()));
        var silo = await StartAsync(SiloProcess.On(redis, KafkaFeedback.Settings(kafka)));
        using var feedback = new KafkaFeedback(kafka, new Ledger("nothing"));
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        await feedback.ProduceAsync("anna", "{"u8.ToArray());
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        await MetricAsync(silo, "kafka_stream_dead_letters_total", 1);
        await MetricAsync(silo, "kafka_stream_lag", 0);
        var delivered = (await silo.Client.MetricAsync("kafka_stream_delivered_total", Cancelled))!.Value;

        // While the store is away nothing is delivered, and everything is tried again, however often.
        await redis.KillAsync();
        for (var i = 0; i < Messages; i++)
        {
            await feedback.ProduceAsync("anna", JsonSerializer.SerializeToUtf8Bytes(new { FeedbackType = "like", ItemId = $"i{i}" }));
        }

        await Eventually.TrueAsync(async token => await silo.Client.MetricAsync("kafka_stream_retries_total", token) > Retries, "deliveries must be tried again", Deadline, Cancelled);
        await MetricAsync(silo, "kafka_stream_lag", Messages);
        Assert.Equal(delivered, await silo.Client.MetricAsync("kafka_stream_delivered_total", Cancelled));
        await redis.StartAsync(Cancelled);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);

        await MetricAsync(silo, "kafka_stream_lag", 0);
        await MetricAsync(silo, "kafka_stream_delivered_total", delivered + Messages + KafkaFeedback.Marks);
        await MetricAsync(silo, "kafka_stream_delivery_latency_seconds_count", delivered + Messages + KafkaFeedback.Marks);
        await MetricAsync(silo, "kafka_stream_dead_letters_total", 1);
        Assert.True(await silo.Client.MetricAsync("kafka_stream_delivery_latency_seconds_sum", Cancelled) > 0);
    }

    [Fact]
    public async Task Partitions_are_told_by_who_knows_of_them_and_counted_by_who_reads_them()
    {
        var (kafka, redis) = (await StartAsync(KafkaProcess.FindOrSkip()), await StartAsync(RedisProcess.FindOrSkip()));

        // As long as nobody answers, nothing is read.
        await kafka.PauseAsync();
        var silo = await StartAsync(SiloProcess.On(redis, KafkaFeedback.Settings(kafka)));
        await MetricAsync(silo, "lepton_kafka_partitions", KafkaFeedback.Partitions);
        await MetricAsync(silo, "kafka_stream_partitions_read", 0);

        await kafka.ResumeAsync();
        await MetricAsync(silo, "kafka_stream_partitions_read", KafkaFeedback.Partitions);
        await silo.StopAsync(Cancelled);

        // Who does not read knows what there is to read.
        silo.Set("Lepton:Roles", "api,users,items,recommendations,training");
        await silo.StartAsync(Cancelled);
        await MetricAsync(silo, "lepton_kafka_partitions", KafkaFeedback.Partitions);
        Assert.Null(await silo.Client.MetricAsync("kafka_stream_partitions_read", Cancelled));
    }

    private static Task MetricAsync(SiloProcess silo, string name, double value) => Eventually.TrueAsync(
        async token => await silo.Client.MetricAsync(name, token) == value, $"{name} must become {value}", Deadline, Cancelled);
}
