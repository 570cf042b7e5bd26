using System.Text.Json;
using Confluent.Kafka.Admin;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Faults;

public sealed class KafkaTopicTests(ITestOutputHelper output) : FaultTest(output)
{
    private const int Megabyte = 1_000_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData(2000, 500)]
    [InlineData(500, 2000)]
    public async Task A_topic_that_was_deleted_and_created_anew_while_no_silo_ran_is_read_from_its_beginning(int before, int after)
    {
        var kafka = await StartAsync(KafkaProcess.FindOrSkip());
        var silo = await StartAsync(new SiloProcess(KafkaFeedback.Settings(kafka)));
        var (ledger, random) = (new Ledger("a topic deleted and created anew"), new Random(Seed()));
        using var feedback = new KafkaFeedback(kafka, ledger);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        await feedback.SendAsync(before, random);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        await silo.StopAsync(Cancelled);
        await feedback.RecreateAsync();
        await feedback.SendAsync(after, random);
        await silo.StartAsync(Cancelled);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();
    }

    [Fact]
    public async Task What_may_not_be_read_or_written_is_said_and_goes_on_once_it_may()
    {
        var kafka = await StartAsync(KafkaProcess.FindOrSkip(
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer", "allow.everyone.if.no.acl.found=true"));
        var silo = await StartAsync(new SiloProcess(KafkaFeedback.Settings(kafka)));
        var ledger = new Ledger("a topic that may not be used");
        using var feedback = new KafkaFeedback(kafka, ledger);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        using var admin = feedback.Admin();
        await admin.CreateAclsAsync([Rule(AclOperation.Read, AclPermissionType.Deny), Rule(AclOperation.Write, AclPermissionType.Deny)]);

        Answer? refusal = null;
        await Eventually.TrueAsync(
            async token => (refusal = await silo.Client.QueueFeedbackAsync([Row("anna", "tea")], token)).Outcome != Outcome.Acknowledged,
            "what may not be written must not be accepted",
            Deadline,
            Cancelled);
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, refusal!.Status);
        Assert.Contains("This user may not write to it.", refusal.ToString(), StringComparison.Ordinal);
        await Eventually.TrueAsync(
            _ => Task.FromResult(silo.Output.Last(int.MaxValue).Split('\n').Any(line =>
                line.Contains("cannot be read", StringComparison.Ordinal) && line.Contains("Topic authorization failed", StringComparison.Ordinal))),
            "the log must say what may not be read",
            Deadline,
            Cancelled);

        await admin.DeleteAclsAsync([new AclBindingFilter
        {
            PatternFilter = new ResourcePatternFilter { Type = ResourceType.Topic, Name = KafkaFeedback.Topic, ResourcePatternType = ResourcePatternType.Literal },
            EntryFilter = new AccessControlEntryFilter { Operation = AclOperation.Any, PermissionType = AclPermissionType.Deny },
        }]);
        await Eventually.TrueAsync(
            async token => (await silo.Client.QueueFeedbackAsync([Row("bob", "tea")], token)).Outcome == Outcome.Acknowledged, "it must be accepted again", Deadline, Cancelled);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        await Eventually.TrueAsync(
            async token => (await silo.Client.FeedbackOfAsync("bob", token)).Count == 1, "what was accepted must be applied", Deadline, Cancelled);
    }

    [Fact]
    public async Task A_service_that_could_not_even_begin_to_write_goes_on_once_it_may()
    {
        const string Dead = $"{KafkaFeedback.Topic}.dead";
        var kafka = await StartAsync(KafkaProcess.FindOrSkip(
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer", "allow.everyone.if.no.acl.found=true"));
        using var feedback = new KafkaFeedback(kafka, new Ledger("a service that may not write"));
        using var admin = feedback.Admin();
        await admin.CreateTopicsAsync(new[] { KafkaFeedback.Topic, Dead, KafkaEventsTests.Topic }.Select(topic => new TopicSpecification { Name = topic, NumPartitions = KafkaFeedback.Partitions, ReplicationFactor = 1 }));
        await feedback.ProduceAsync("anna", """{"FeedbackType":"like","ItemId":"a/b"}"""u8.ToArray());
        await feedback.ProduceAsync("carl", JsonSerializer.SerializeToUtf8Bytes(Row("carl", "tea")));

        // An idempotent producer asks for a number first, and is useless for good where it gets none.
        await admin.CreateAclsAsync(
        [
            Rule(AclOperation.All, AclPermissionType.Allow, ResourceType.Topic, "*"),
            Rule(AclOperation.All, AclPermissionType.Allow, ResourceType.Broker, "kafka-cluster"),
            Rule(AclOperation.Write, AclPermissionType.Deny, ResourceType.Topic, "*"),
            Rule(AclOperation.IdempotentWrite, AclPermissionType.Deny, ResourceType.Broker, "kafka-cluster"),
        ]);
        var silo = await StartAsync(new SiloProcess([.. KafkaFeedback.Settings(kafka), ("Lepton:Kafka:Events:FeedbackAccepted", "true")]));
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, (await silo.Client.QueueFeedbackAsync([Row("bob", "tea")], Cancelled)).Status);
        await Eventually.TrueAsync(
            _ => Task.FromResult(silo.Output.Last(int.MaxValue).Contains("A dead letter could not be sent", StringComparison.Ordinal)), "the log must say what may not be written", Deadline, Cancelled);

        await admin.DeleteAclsAsync([new AclBindingFilter
        {
            PatternFilter = new ResourcePatternFilter { Type = ResourceType.Any, ResourcePatternType = ResourcePatternType.Any },
            EntryFilter = new AccessControlEntryFilter { Operation = AclOperation.Any, PermissionType = AclPermissionType.Deny },
        }]);
        await Eventually.TrueAsync(
            async token => (await silo.Client.QueueFeedbackAsync([Row("bob", "tea")], token)).Outcome == Outcome.Acknowledged, "it must be accepted", Deadline, Cancelled);
        using var letters = new KafkaTopicReader(kafka, Dead);
        await Eventually.TrueAsync(_ => Task.FromResult(letters.Next(TimeSpan.FromSeconds(1)) is { Message.Key: "anna" }), "the poison must be put aside", Deadline, Cancelled);
        using var events = new KafkaTopicReader(kafka, KafkaEventsTests.Topic);
        await Eventually.TrueAsync(_ => Task.FromResult(events.Next(TimeSpan.FromSeconds(1)) is { Message.Key: "carl" }), "what was applied must be told", Deadline, Cancelled);
    }

    [Fact]
    public async Task A_producer_that_sends_everything_twice_counts_once_where_its_events_have_names_or_times()
    {
        var kafka = await StartAsync(KafkaProcess.FindOrSkip());
        var silo = await StartAsync(new SiloProcess(KafkaFeedback.Settings(kafka)));
        using var feedback = new KafkaFeedback(kafka, new Ledger("a producer that sends twice"));
        for (var i = 0; i < 200; i++)
        {
            for (var time = 0; time < 2; time++)
            {
                await feedback.ProduceAsync($"u{i % 7}", JsonSerializer.SerializeToUtf8Bytes(new { FeedbackType = "play", ItemId = $"i{i % 3}", Value = 1, EventId = $"e{i}" }));
                await feedback.ProduceAsync($"u{i % 7}", JsonSerializer.SerializeToUtf8Bytes(new { FeedbackType = "like", ItemId = $"i{i % 3}", Value = 1, Timestamp = DateTime.UnixEpoch.AddDays(i) }));
            }
        }

        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        var kept = await silo.Client.AllFeedbackAsync(Cancelled).ToListAsync(Cancelled);
        Assert.Equal((200, 200), ((int)kept.Where(row => row.FeedbackType == "play").Sum(row => row.Value), (int)kept.Where(row => row.FeedbackType == "like").Sum(row => row.Value)));
    }

    [Fact]
    public async Task A_message_of_a_megabyte_is_applied_and_told_in_parts()
    {
        var kafka = await StartAsync(KafkaProcess.FindOrSkip());
        var silo = await StartAsync(new SiloProcess([.. KafkaFeedback.Settings(kafka), ("Lepton:Kafka:Events:FeedbackAccepted", "true")]));
        var ledger = new Ledger("a message of a megabyte");
        using var feedback = new KafkaFeedback(kafka, ledger);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        var rows = new List<FeedbackRow>();
        while (JsonSerializer.SerializeToUtf8Bytes(rows).Length < Megabyte - 8192)
        {
            rows.AddRange(Enumerable.Range(rows.Count, 10).Select(i => Row("anna", $"i{i}") with { Comment = new string('x', 500) }));
        }

        var answer = await ledger.SendAsync(rows, () => feedback.ProduceAsync("anna", JsonSerializer.SerializeToUtf8Bytes(rows)));
        Assert.Equal(Outcome.Acknowledged, answer.Outcome);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();

        using var events = new KafkaTopicReader(kafka, KafkaEventsTests.Topic);
        var told = events.ToEnd().Where(message => message.Message.Key == "anna").Select(message => JsonDocument.Parse(message.Message.Value!).RootElement)
            .DistinctBy(e => e.GetProperty("Id").GetString()).ToList(); // at least once, as the silo was killed
        Assert.InRange(told.Count, 4, 6);
        Assert.Equal(rows.Select(row => row.ItemId), told.SelectMany(e => e.GetProperty("Feedback").EnumerateArray()).Select(row => row.GetProperty("ItemId").GetString()));
    }

    private static FeedbackRow Row(string user, string item) => new() { FeedbackType = "like", UserId = user, ItemId = item, Value = 1, Timestamp = DateTime.UnixEpoch.AddDays(20_000) };

    private static AclBinding Rule(AclOperation operation, AclPermissionType permission, ResourceType type = ResourceType.Topic, string name = KafkaFeedback.Topic) => new()
    {
        Pattern = new ResourcePattern { Type = type, Name = name, ResourcePatternType = ResourcePatternType.Literal },
        Entry = new AccessControlEntry { Principal = "User:ANONYMOUS", Host = "*", Operation = operation, PermissionType = permission },
    };
}
