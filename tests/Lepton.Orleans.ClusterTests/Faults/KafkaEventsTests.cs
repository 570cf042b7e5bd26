using System.Text.Json;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Faults;

public sealed class KafkaEventsTests(ITestOutputHelper output) : FaultTest(output)
{
    public const string Topic = "lepton.events";
    private const int Messages = 4000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Feedback_from_Kafka_is_told_at_least_once_whatever_dies()
    {
        var kafka = await StartAsync(KafkaProcess.FindOrSkip());
        var silo = await StartAsync(new SiloProcess(Settings(kafka, "FeedbackAccepted")));
        var (ledger, random) = (new Ledger("kill -9 of the silo while it tells"), new Random(Seed()));
        using var feedback = new KafkaFeedback(kafka, ledger);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        var sending = feedback.SendAsync(Messages, random);
        await EventsAsync(silo, 300);
        await silo.KillAsync();
        await silo.StartAsync(Cancelled);
        await EventsAsync(silo, 300);
        await kafka.KillAsync();
        await kafka.StartAsync(Cancelled);
        await sending;
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        await silo.StopAsync(Cancelled);

        using var source = new KafkaTopicReader(kafka, KafkaFeedback.Topic);
        using var events = new KafkaTopicReader(kafka, Topic);
        var sent = source.ToEnd().Select(m => (Partition: m.Partition.Value, Offset: m.Offset.Value)).ToHashSet();
        var told = events.ToEnd().Select(m => JsonDocument.Parse(m.Message.Value!).RootElement).ToList();
        Assert.Empty(sent.Except(told.Select(PlaceOf)));
        Assert.All(told.GroupBy(e => e.GetProperty("Id").GetString()), same => Assert.Single(same.Select(e => (PlaceOf(e), e.GetProperty("Feedback").GetRawText())).Distinct()));
        Output.WriteLine($"{sent.Count} messages, {told.Count} events, {told.Select(e => e.GetProperty("Id").GetString()).Distinct().Count()} different");

        static (int, long) PlaceOf(JsonElement e) => (e.GetProperty("Partition").GetInt32(), e.GetProperty("Offset").GetInt64());
    }

    [Fact]
    public async Task While_the_broker_is_away_requests_are_answered_and_what_finds_no_room_is_counted()
    {
        var kafka = await StartAsync(KafkaProcess.FindOrSkip());
        var silo = await StartAsync(new SiloProcess([.. Settings(kafka, "FeedbackAccepted", "ListServed", "UserErased"), ("Lepton:Kafka:Events:QueueBytes", $"{1 << 20}")]));
        await RecordAsync(silo, "before", 1);
        await EventuallyAsync(silo, "lepton_events_sent_total", count => count >= 1);
        await kafka.KillAsync();
        await RecordAsync(silo, "while", 3000);
        await EventuallyAsync(silo, "lepton_events_dropped_total", count => count > 500);
        Assert.InRange((await silo.Client.MetricAsync("lepton_events_waiting_bytes", Cancelled))!.Value, 1, 1 << 20);
        Assert.Equal(3000, (await silo.Client.AllFeedbackAsync(Cancelled).ToListAsync(Cancelled)).Count(row => row.UserId.StartsWith("while", StringComparison.Ordinal)));

        await kafka.StartAsync(Cancelled);
        await EventuallyAsync(silo, "lepton_events_waiting_bytes", bytes => bytes == 0);
        await RecordAsync(silo, "after", 1);
        Assert.Equal(Outcome.Acknowledged, (await silo.Client.GetRecommendAnswerAsync("after-0", Cancelled)).Outcome);
        Assert.Equal(Outcome.Acknowledged, (await silo.Client.DeleteUserAsync("after-0", Cancelled)).Outcome);
        var types = new List<string>();
        using var events = new KafkaTopicReader(kafka, Topic);
        await Eventually.TrueAsync(
            _ =>
            {
                if (events.Next(TimeSpan.FromSeconds(1)) is { Message.Key: "after-0" } message)
                {
                    using var e = JsonDocument.Parse(message.Message.Value!);
                    types.Add(e.RootElement.GetProperty("Type").GetString()!);
                }

                return Task.FromResult(types.Count == 3);
            },
            "what happens when the broker is back must be told",
            Deadline,
            Cancelled);
        Assert.Equal(["FeedbackAccepted", "ListServed", "UserErased"], types.Order());
    }

    private static (string, string)[] Settings(KafkaProcess kafka, params string[] kinds) =>
        [.. KafkaFeedback.Settings(kafka), .. kinds.Select(kind => ($"Lepton:Kafka:Events:{kind}", "true"))];

    private static async Task RecordAsync(SiloProcess silo, string users, int count)
    {
        foreach (var rows in Enumerable.Range(0, count).Chunk(100))
        {
            var answer = await AnswerAsync(token => silo.Client.PostFeedbackAsync(
                [.. rows.Select(i => new FeedbackRow { FeedbackType = "like", UserId = $"{users}-{i}", ItemId = "tea", Value = 1, Timestamp = DateTime.UnixEpoch.AddDays(20_000) })], token));
            Assert.Equal(Outcome.Acknowledged, answer.Outcome);
        }
    }

    private static async Task EventsAsync(SiloProcess silo, int more)
    {
        var before = await silo.Client.MetricAsync("lepton_events_sent_total", Cancelled) ?? 0;
        await EventuallyAsync(silo, "lepton_events_sent_total", count => count >= before + more);
    }

    private static Task EventuallyAsync(SiloProcess silo, string metric, Func<double, bool> condition) => Eventually.TrueAsync(
        async token => await silo.Client.MetricAsync(metric, token) is { } value && condition(value), $"{metric} must get there", Deadline, Cancelled);
}
