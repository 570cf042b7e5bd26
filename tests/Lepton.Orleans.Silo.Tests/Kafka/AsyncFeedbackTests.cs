using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using Lepton.Orleans.Silo.Streams;
using Lepton.Orleans.Silo.Tests.Api;
using Lepton.Orleans.Streaming.Kafka.Tests.Brokers;

namespace Lepton.Orleans.Silo.Tests.Kafka;

[Collection(KafkaServerCollection.Name)]
public sealed class AsyncFeedbackTests(KafkaServer server)
{
    private const string Path = "/api/feedback?async=true";
    private readonly ApiClient api = server.Api;
    private readonly string user = ApiClient.Unique("user");
    private readonly string other = ApiClient.Unique("other");
    private readonly string item = ApiClient.Unique("item");

    [Fact]
    public async Task It_is_accepted_when_the_broker_has_it_and_applied_afterwards()
    {
        await AcceptedAsync(3, [Row(user, item, "2024-05-02T10:00:00.5Z", 2), Row(other, item, null, 1), Row(user, $"{item}-2", null, 1)]);

        var kept = await api.EventuallyAsync($"/api/user/{user}/feedback", rows => rows.GetArrayLength() == 2);
        var first = kept.EnumerateArray().Single(row => row.GetProperty("ItemId").GetString() == item);
        Assert.Equal(("2024-05-02T10:00:00.5Z", 2d, "why not"), (first.GetProperty("Timestamp").GetString(), first.GetProperty("Value").GetDouble(), first.GetProperty("Comment").GetString()));
        await api.EventuallyAsync($"/api/user/{other}/feedback", rows => rows.GetArrayLength() == 1);

        var messages = server.Topics.Read(FeedbackDataAdapter.Topic, MockBroker.Partitions, 2, m => Key(m) == user || Key(m) == other);
        Assert.Equal(2, messages.Count);
        Assert.All(messages, message => Assert.Equal("1", System.Text.Encoding.UTF8.GetString(message.Message.Headers.GetLastBytes(FeedbackDataAdapter.SchemaHeader))));
    }

    [Fact]
    public async Task The_same_request_twice_by_its_key_counts_once_whichever_way_it_comes()
    {
        object[] rows = [Row(user, item, null, 1), Row(user, item, null, 1)];
        const string key = "Idempotency-Key: once";
        await AcceptedAsync(2, rows, key);
        await AcceptedAsync(2, rows, key);
        await AcceptedAsync(1, [Row(user, "mark", null, 1)]);
        await api.EventuallyAsync($"/api/user/{user}/feedback", kept => kept.GetArrayLength() == 2);

        Assert.Equal(2, (await api.OkAsync("POST", "/api/feedback", rows, key)).GetProperty("RowAffected").GetInt32());
        Assert.Equal(2, (await api.GetAsync($"/api/feedback/play/{user}/{item}")).GetProperty("Value").GetDouble());
    }

    [Fact]
    public async Task What_is_applied_is_counted_and_dated_by_its_message()
    {
        const int Rows = 977;
        var counted = new ConcurrentBag<(string Name, long Value)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name is "lepton.feedback.received" or "lepton.feedback.changed")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => counted.Add((instrument.Name, value)));
        listener.Start();
        var time = new DateTime(2024, 5, 2, 10, 0, 0, DateTimeKind.Utc);
        var rows = Enumerable.Range(0, Rows).Select(i => new { FeedbackType = "play", ItemId = $"{item}-{i}", Value = 1 });
        await server.Topics.SendAtAsync(FeedbackDataAdapter.Topic, 0, user, JsonSerializer.SerializeToUtf8Bytes(rows), time);

        var kept = await api.EventuallyAsync($"/api/user/{user}/feedback?n=1000", all => all.GetArrayLength() == Rows);
        Assert.All(kept.EnumerateArray(), row => Assert.Equal("2024-05-02T10:00:00Z", row.GetProperty("Timestamp").GetString()));

        // It was counted before what came after it in its partition was applied.
        await server.Topics.SendAtAsync(FeedbackDataAdapter.Topic, 0, other, JsonSerializer.SerializeToUtf8Bytes(new { FeedbackType = "play", ItemId = "mark" }), time);
        await api.EventuallyAsync($"/api/user/{other}/feedback", all => all.GetArrayLength() == 1);
        Assert.Contains(("lepton.feedback.received", Rows), counted);
        Assert.Contains(("lepton.feedback.changed", Rows), counted);
    }

    [Fact]
    public async Task Much_of_one_user_goes_in_messages_that_brokers_take()
    {
        var comment = new string('x', 4000);
        await AcceptedAsync(300, [.. Enumerable.Range(0, 300).Select(i => new { FeedbackType = "play", UserId = user, ItemId = $"{item}-{i}", Value = 1, Comment = comment })]);

        await api.EventuallyAsync($"/api/user/{user}/feedback?n=1000", rows => rows.GetArrayLength() == 300);
        var messages = server.Topics.Read(FeedbackDataAdapter.Topic, MockBroker.Partitions, 5, m => Key(m) == user);
        Assert.Equal(5, messages.Count);
        Assert.All(messages, message => Assert.InRange(message.Message.Value!.Length, 1, FeedbackMessageWriter.FullBytes + 8192));
    }

    [Fact]
    public async Task A_bad_row_and_none_is_sent()
    {
        var rule = await api.RuleAsync("[1].ItemId", "POST", Path, new[] { Row(user, item, null, 1), Row(user, "a/b", null, 1) });
        Assert.NotEqual("", rule);
        await AcceptedAsync(1, [Row(user, "mark", null, 1)]);
        var kept = await api.EventuallyAsync($"/api/user/{user}/feedback", rows => rows.GetArrayLength() > 0);
        Assert.Equal("mark", kept.EnumerateArray().Single().GetProperty("ItemId").GetString());
    }

    [Fact]
    public async Task What_it_cannot_be_used_for_is_said()
    {
        Assert.Contains("PUT", await api.RuleAsync("async", "PUT", Path, new[] { Row(user, item, null, 1) }), StringComparison.Ordinal);
        Assert.Contains("true or false", await api.RuleAsync("async", "POST", "/api/feedback?async=maybe", new[] { Row(user, item, null, 1) }), StringComparison.Ordinal);
        await AcceptedAsync(0, []);
        Assert.Equal(1, await api.WriteAsync("POST", "/api/feedback?async=false", new[] { Row(user, item, null, 1) }));
    }

    private static string? Key(Confluent.Kafka.ConsumeResult<byte[]?, byte[]?> message) =>
        message.Message.Key is { } key ? System.Text.Encoding.UTF8.GetString(key) : null;

    private static object Row(string user, string item, string? timestamp, double value) =>
        new { FeedbackType = "play", UserId = user, ItemId = item, Timestamp = timestamp, Value = value, Comment = "why not" };

    private async Task AcceptedAsync(int rows, object[] body, params string[] headers)
    {
        var (status, text, _) = await api.SendAsync("POST", Path, body, headers);
        Assert.True(status == HttpStatusCode.Accepted, $"{status}: {text}");
        using var document = JsonDocument.Parse(text);
        Assert.Equal(rows, document.RootElement.GetProperty("RowsAccepted").GetInt32());
    }
}
