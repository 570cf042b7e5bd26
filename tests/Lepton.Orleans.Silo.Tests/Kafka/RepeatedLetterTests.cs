using Lepton.Orleans.Grains.Erasure;
using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Streams;
using Lepton.Orleans.Silo.Tests.Faults;
using Lepton.Orleans.Silo.Tests.Hosting;
using Lepton.Orleans.Streaming.Kafka;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Lepton.Orleans.Silo.Tests.Kafka;

[Collection(KafkaServerCollection.Name)]
public sealed class RepeatedLetterTests(KafkaServer server)
{
    // Of nobody else here.
    private const int Partition = 901;

    [Fact]
    public async Task A_message_that_cannot_be_applied_is_one_dead_letter_however_often_its_batch_waits_for_the_store()
    {
        var (isAway, applied) = (true, 0);
        var grains = ScriptedGrains.Create((_, key) => new ScriptedUser(key, (user, batch) =>
            user == "poison" ? throw new EventIdReusedException(0, user)
            : isAway ? throw new StoreUnavailableException("write")
            : Task.FromResult(applied += batch.Rows.Count)));
        using var lines = new LogLines();
        var log = lines.CreateLogger("kafka");
        var options = new KafkaStreamOptions { BootstrapServers = "127.0.0.1:9" };
        using var clients = new KafkaClients(options, "kafka", log);
        using var letters = new KafkaDeadLetters("kafka", options, clients, server.App.Services.GetRequiredService<KafkaMetrics>(), log);
        using var streams = new StreamsEnd();
        var users = new TenantGrains(grains);
        var ingest = new FeedbackIngest(new FeedbackWrite(users, TimeProvider.System), users, letters, streams);
        var batch = new FeedbackMessages { Source = 7, Messages = [Row(5, "poison"), Row(6, "anna"), Row(7, "bob")] };
        var (erasures, sent) = (server.App.Services.GetRequiredService<LogErasures>(), new HashSet<(uint, long)>());
        for (var delivery = 0; delivery < 3; delivery++)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => ingest.ApplyAsync(batch, erasures, sent));
        }

        isAway = false;
        await ingest.ApplyAsync(batch, erasures, sent);
        Assert.Equal(2, applied);
        Assert.Contains("offset 5", Assert.Single(Letters()), StringComparison.Ordinal);

        // The next one that has that offset is of another delivery.
        await ingest.ApplyAsync(batch, erasures, sent);
        Assert.Equal(2, Letters().Count());

        IEnumerable<string> Letters() => lines.All.Select(line => line.Text).Where(text => text.Contains("passed over", StringComparison.Ordinal));
    }

    private static FeedbackMessage Row(long offset, string user) => new()
    {
        Partition = Partition, Offset = offset, Rows = [new Feedback { FeedbackType = "like", UserId = user, ItemId = "tea", Value = 1 }],
    };
}
