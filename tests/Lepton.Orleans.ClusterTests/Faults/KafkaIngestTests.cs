using System.Text;
using Confluent.Kafka;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Faults;

public sealed class KafkaIngestTests(ITestOutputHelper output) : FaultTest(output)
{
    private const int Messages = 4000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Kill_9_of_the_silo_while_it_ingests_loses_nothing_and_doubles_nothing()
    {
        var kafka = await StartAsync(KafkaProcess.FindOrSkip());
        var silo = await StartAsync(new SiloProcess(KafkaFeedback.Settings(kafka)));
        var (ledger, random) = (new Ledger("kill -9 of the silo that ingests"), NewRandom());
        using var feedback = new KafkaFeedback(kafka, ledger);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        for (var round = 1; round <= Rounds; round++)
        {
            var sending = feedback.SendAsync(Messages, random);
            await SomeArrivedAsync(silo, ledger);
            await silo.KillAsync();
            await silo.StartAsync(Cancelled);
            await sending;
        }

        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        var report = await CompareAfterRestartAsync(silo, ledger);
        report.AssertClean();
    }

    [Fact]
    public async Task Kill_9_of_the_broker_and_its_restart_lose_nothing_and_double_nothing()
    {
        var kafka = await StartAsync(KafkaProcess.FindOrSkip());
        var silo = await StartAsync(new SiloProcess(KafkaFeedback.Settings(kafka)));
        var (ledger, random) = (new Ledger("kill -9 of the broker"), NewRandom());
        using var feedback = new KafkaFeedback(kafka, ledger);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        for (var round = 1; round <= Rounds; round++)
        {
            var sending = feedback.SendAsync(Messages, random);
            await SomeArrivedAsync(silo, ledger);
            await kafka.KillAsync();
            await kafka.StartAsync(Cancelled);
            await sending;
        }

        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();
    }

    [Fact]
    public async Task A_group_that_is_set_back_to_the_beginning_reads_all_again_and_changes_nothing()
    {
        var kafka = await StartAsync(KafkaProcess.FindOrSkip());
        var silo = await StartAsync(new SiloProcess(KafkaFeedback.Settings(kafka)));
        var (ledger, random) = (new Ledger("a group set back to the beginning"), NewRandom());
        using var feedback = new KafkaFeedback(kafka, ledger);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        await feedback.SendAsync(Messages, random);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        Assert.Equal(0, await silo.StopAsync(Cancelled));

        using (var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = "lepton" }).Build())
        {
            var partitions = Enumerable.Range(0, KafkaFeedback.Partitions).Select(p => new TopicPartition(KafkaFeedback.Topic, p)).ToList();
            Assert.True(consumer.Committed(partitions, Deadline).Sum(o => Math.Max(0, o.Offset.Value)) > Messages, "The silo must have committed when it stopped.");
            consumer.Commit(partitions.Select(p => new TopicPartitionOffset(p, 0)));
        }

        await silo.StartAsync(Cancelled);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();
    }

    [Fact]
    public async Task Poison_goes_to_the_dead_letters_and_a_tombstone_erases_its_user()
    {
        var kafka = await StartAsync(KafkaProcess.FindOrSkip());
        var silo = await StartAsync(new SiloProcess(KafkaFeedback.Settings(kafka)));
        var ledger = new Ledger("a poison message");
        using var feedback = new KafkaFeedback(kafka, ledger);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);
        await feedback.ProduceAsync("anna", """{"FeedbackType":"like","ItemId":"tea"}"""u8.ToArray());
        await feedback.ProduceAsync("anna", """[{"FeedbackType":"like","ItemId":"a/b"}]"""u8.ToArray());
        await feedback.ProduceAsync("anna", """{"FeedbackType":"like","ItemId":"cup","EventId":"1"}"""u8.ToArray());
        await feedback.ProduceAsync("anna", """{"FeedbackType":"like","ItemId":"milk","EventId":"1"}"""u8.ToArray());
        await feedback.ProduceAsync("anna", """{"FeedbackType":"like","ItemId":"pot"}"""u8.ToArray());
        await feedback.ProduceAsync("bob", """{"FeedbackType":"like","ItemId":"tea"}"""u8.ToArray());
        await feedback.ProduceAsync("bob", null);
        await feedback.AppliedAsync(silo.Client, Deadline, Cancelled);

        Assert.Equal(["cup", "pot", "tea"], (await silo.Client.FeedbackOfAsync("anna", Cancelled)).Select(row => row.ItemId).Order());
        Assert.Empty(await silo.Client.FeedbackOfAsync("bob", Cancelled));
        var letters = Letters(kafka, 2);
        Output.WriteLine(string.Join('\n', letters));
        Assert.Contains(letters, letter => letter.Contains("ItemId", StringComparison.Ordinal) && letter.Contains("dead-letter-topic: lepton.feedback", StringComparison.Ordinal));
        Assert.Contains(letters, letter => letter.Contains("EventIdReusedException", StringComparison.Ordinal));
    }

    private static List<string> Letters(KafkaProcess kafka, int count)
    {
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = "reader" }).Build();
        consumer.Assign(new TopicPartitionOffset($"{KafkaFeedback.Topic}.dead", 0, Offset.Beginning));
        var letters = new List<string>();
        while (letters.Count < count && consumer.Consume(Deadline) is { } letter)
        {
            letters.Add($"{Encoding.UTF8.GetString(letter.Message.Value)}\n"
                + string.Join('\n', letter.Message.Headers.Select(h => $"  {h.Key}: {Encoding.UTF8.GetString(h.GetValueBytes())}")));
        }

        return letters;
    }

    private static Task SomeArrivedAsync(SiloProcess silo, Ledger ledger)
    {
        var before = ledger.FeedbackByKey.Count;
        return Eventually.TrueAsync(
            async token =>
            {
                try
                {
                    return ledger.FeedbackByKey.Count > before + 200 && await silo.Client.AllFeedbackAsync(token).CountAsync(token) > before;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "some of it must arrive",
            Deadline,
            Cancelled);
    }

    private Random NewRandom()
    {
        var seed = Random.Shared.Next();
        Output.WriteLine($"seed {seed}");
        return new Random(seed);
    }
}
