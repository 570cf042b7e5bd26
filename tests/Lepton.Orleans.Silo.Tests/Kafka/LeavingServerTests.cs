using System.Text;
using System.Text.Json;
using Lepton.Orleans.Silo.Streams;
using Lepton.Orleans.Silo.Tests.Api;
using Lepton.Orleans.Streaming.Kafka.Tests.Brokers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Lepton.Orleans.Silo.Tests.Kafka;

public sealed class LeavingServerTests(KafkaServer server) : IClassFixture<KafkaServer>
{
    private const int Partition = 1;
    private readonly string user = ApiClient.Unique("user");

    [Fact]
    public async Task A_service_that_was_told_to_stop_applies_and_tells_once_for_as_long_as_it_reads()
    {
        // The host is not run, so that this is all that happens: it is told so, and the silo is not stopped yet.
        server.App.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        var sent = await server.Topics.SendAsync(FeedbackDataAdapter.Topic, Partition, user, """{"FeedbackType":"like","ItemId":"tea","EventId":"1"}"""u8.ToArray());
        await server.Topics.SendAsync(FeedbackDataAdapter.Topic, Partition, user, """{"FeedbackType":"like","ItemId":"milk","EventId":"1"}"""u8.ToArray());
        await server.Topics.SendAsync(FeedbackDataAdapter.Topic, Partition, user, """{"FeedbackType":"like","ItemId":"cup"}"""u8.ToArray());

        var told = server.Topics.Read("lepton.events", MockBroker.Partitions, 2, m => Encoding.UTF8.GetString(m.Message.Key!) == user).Select(OffsetOf);
        Assert.Equal([sent.Offset.Value, sent.Offset.Value + 2], told);
        for (var i = 0; i < 200 && Committed() < sent.Offset.Value + 3; i++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.Equal(sent.Offset.Value + 3, Committed());
    }

    private static long OffsetOf(Confluent.Kafka.ConsumeResult<byte[]?, byte[]?> message)
    {
        using var document = JsonDocument.Parse(message.Message.Value!);
        return document.RootElement.GetProperty("Offset").GetInt64();
    }

    private long Committed() => server.Topics.Committed("lepton", FeedbackDataAdapter.Topic, MockBroker.Partitions)[Partition];
}
