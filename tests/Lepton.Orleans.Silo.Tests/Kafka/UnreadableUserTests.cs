using System.Text;
using Confluent.Kafka;
using Lepton.Orleans.Silo.Streams;
using Lepton.Orleans.Silo.Tests.Api;
using Lepton.Orleans.Streaming.Kafka;
using Lepton.Orleans.Streaming.Kafka.Tests.Brokers;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Lepton.Orleans.Silo.Tests.Kafka;

[Collection(KafkaServerCollection.Name)]
public sealed class UnreadableUserTests(KafkaServer server)
{
    private const int Partition = 1;
    private readonly string user = ApiClient.Unique("user");
    private readonly string other = ApiClient.Unique("other");

    [Theory]
    [InlineData("""{"FeedbackType":"like","ItemId":"tea"}""")]
    [InlineData(null)]
    public async Task What_a_user_whose_record_cannot_be_read_was_sent_goes_to_the_dead_letters_and_holds_nobody_up(string? value)
    {
        var store = server.App.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();
        await store.StringSetAsync($"lepton:{{u:default/{user}}}", "no record");
        var sent = await server.Topics.SendAsync(FeedbackDataAdapter.Topic, Partition, user, value is null ? null : Encoding.UTF8.GetBytes(value), ("trace", "t-1"));
        await server.Topics.SendAsync(FeedbackDataAdapter.Topic, Partition, other, """{"FeedbackType":"like","ItemId":"cup"}"""u8.ToArray());

        await server.Api.EventuallyAsync($"/api/user/{other}/feedback", rows => rows.GetArrayLength() == 1);
        var letter = Assert.Single(server.Topics.Read(
            $"{FeedbackDataAdapter.Topic}.dead", MockBroker.Partitions, 1, m => m.Message.Key is { } key && Encoding.UTF8.GetString(key) == user));
        Assert.Equal(value, letter.Message.Value is { } bytes ? Encoding.UTF8.GetString(bytes) : null);
        Assert.Equal("t-1", Header(letter, "trace"));
        Assert.Equal((nameof(InvalidDataException), $"{sent.Offset.Value}"), (Header(letter, KafkaDeadLetters.ErrorTypeHeader), Header(letter, KafkaDeadLetters.OffsetHeader)));
    }

    private static string Header(ConsumeResult<byte[]?, byte[]?> message, string name) => Encoding.UTF8.GetString(message.Message.Headers.GetLastBytes(name));
}
