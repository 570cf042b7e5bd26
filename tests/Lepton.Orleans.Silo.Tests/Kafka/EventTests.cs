using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Lepton.Orleans.Silo.Events;
using Lepton.Orleans.Silo.Streams;
using Lepton.Orleans.Silo.Tests.Api;
using Lepton.Orleans.Streaming.Kafka;
using Lepton.Orleans.Streaming.Kafka.Tests.Brokers;

namespace Lepton.Orleans.Silo.Tests.Kafka;

[Collection(KafkaServerCollection.Name)]
public sealed class EventTests(KafkaServer server)
{
    private readonly ApiClient api = server.Api;
    private readonly string user = ApiClient.Unique("user");
    private readonly string item = ApiClient.Unique("item");

    [Fact]
    public async Task Feedback_a_list_and_an_erasure_are_told_in_the_order_of_the_user()
    {
        await api.WriteAsync("POST", "/api/feedback", new[]
        {
            new { FeedbackType = "like", UserId = user, ItemId = item, Value = 2.5, Timestamp = "2024-05-02T10:00:00Z", EventId = "e1" },
            new { FeedbackType = "like", UserId = user, ItemId = $"{item}-2", Value = 1d, Timestamp = "2024-05-02T10:00:01Z", EventId = "e2" },
        });
        await api.WriteAsync("PUT", "/api/feedback", new[] { new { FeedbackType = "like", UserId = user, ItemId = item, Value = 4, Timestamp = "2024-05-02T10:00:00Z" } });
        var list = (await api.GetAsync($"/api/recommend/{user}?n=3&offset=1")).EnumerateArray().Select(id => id.GetString()).ToList();
        var told = Events(user, 3);
        _ = await api.OkAsync("DELETE", $"/api/user/{user}");
        told = Events(user, 4);

        Assert.Equal(["FeedbackAccepted", "FeedbackAccepted", "ListServed", "UserErased"], told.Select(e => e.GetProperty("Type").GetString()));
        Assert.All(told, e => Assert.Equal((1, "default", user), (e.GetProperty("Schema").GetInt32(), e.GetProperty("Tenant").GetString(), e.GetProperty("UserId").GetString())));
        Assert.Equal(4, told.Select(e => e.GetProperty("Id").GetString()).Distinct().Count());
        Assert.Equal((2, false), (told[0].GetProperty("Changed").GetInt32(), told[0].GetProperty("Overwrite").GetBoolean()));
        var row = told[0].GetProperty("Feedback")[0];
        Assert.Equal(("like", item, 2.5, "2024-05-02T10:00:00Z", "e1"), (Text(row, "FeedbackType"), Text(row, "ItemId"), row.GetProperty("Value").GetDouble(), Text(row, "Timestamp"), Text(row, "EventId")));
        Assert.True(told[1].GetProperty("Overwrite").GetBoolean());
        Assert.Equal(("recommend", 3, 1), (Text(told[2], "Scenario"), told[2].GetProperty("Count").GetInt32(), told[2].GetProperty("Offset").GetInt32()));
        Assert.Equal(list, told[2].GetProperty("Items").EnumerateArray().Select(place => Text(place, "ItemId")));
        Assert.True(told[2].TryGetProperty("ModelVersion", out _));
    }

    [Fact]
    public async Task A_list_is_told_with_the_source_and_the_seed_of_each_place()
    {
        // Two things that the same people like: whoever likes the first is shown the second because of it.
        var other = $"{item}-other";
        await api.WriteAsync("POST", "/api/feedback", Enumerable.Range(0, 5).SelectMany(p => new[] { Like($"{user}-{p}", item, 2 * p), Like($"{user}-{p}", other, (2 * p) + 1) }).ToArray());
        await api.WriteAsync("POST", "/api/feedback", new[] { Like(user, item, 99) });
        await api.EventuallyAsync($"/api/recommend/{user}?n=100", list => list.EnumerateArray().Any(id => id.GetString() == other));

        var told = Assert.Single(Messages(user, 1, e => Text(e, "Type") == "ListServed" && PlaceOf(e, other) is not null));
        var place = PlaceOf(Parse(told), other)!.Value;
        Assert.NotEqual(0, place.GetProperty("Score").GetDouble());
        Assert.Contains(place.GetProperty("Reasons").EnumerateArray(), reason => reason.TryGetProperty("SeedItemId", out var seed) && seed.GetString() == item && Text(reason, "Source").Length > 0);
    }

    [Fact]
    public async Task Items_are_told_as_they_are_and_when_they_are_gone()
    {
        string[] categories = ["tea"];
        await api.WriteAsync("POST", "/api/item", new { ItemId = item, Categories = categories, Comment = "Darjeeling" });
        await api.WriteAsync("PATCH", $"/api/item/{item}", new { IsHidden = true });
        await api.WriteAsync("DELETE", $"/api/item/{item}");

        var told = Events(item, 3);
        Assert.Equal([false, false, true], told.Select(e => e.GetProperty("IsDeleted").GetBoolean()));
        Assert.Equal([false, true], told.Take(2).Select(e => e.GetProperty("Item").GetProperty("IsHidden").GetBoolean()));
        Assert.Equal(("Darjeeling", "tea"), (Text(told[0].GetProperty("Item"), "Comment"), told[0].GetProperty("Item").GetProperty("Categories")[0].GetString()));
        Assert.False(told[2].TryGetProperty("Item", out _));
    }

    [Fact]
    public async Task Feedback_from_Kafka_is_told_by_its_place_there()
    {
        var sent = await server.Topics.SendAsync(FeedbackDataAdapter.Topic, 2, user, Encoding.UTF8.GetBytes($$"""[{"FeedbackType":"like","ItemId":"{{item}}"},{"FeedbackType":"like","ItemId":"{{item}}-2"}]"""));

        var told = Assert.Single(Events(user, 1));
        Assert.Equal((2, sent.Offset.Value), (told.GetProperty("Partition").GetInt32(), told.GetProperty("Offset").GetInt64()));
        Assert.Matches($"^[0-9a-f]{{8}}-2-{sent.Offset.Value}-0$", Text(told, "Id"));
        Assert.Equal([item, $"{item}-2"], told.GetProperty("Feedback").EnumerateArray().Select(row => Text(row, "ItemId")));
        Assert.False(told.TryGetProperty("Changed", out _));
    }

    [Fact]
    public async Task A_message_without_a_key_is_told_of_each_of_its_users_by_an_id_of_its_own()
    {
        var other = $"{user}-other";
        var sent = await server.Topics.SendAsync(FeedbackDataAdapter.Topic, 2, null, Encoding.UTF8.GetBytes(
            $$"""[{"FeedbackType":"like","UserId":"{{user}}","ItemId":"{{item}}"},{"FeedbackType":"like","UserId":"{{other}}","ItemId":"{{item}}"}]"""));

        string[] ids = [Text(Assert.Single(Events(user, 1)), "Id"), Text(Assert.Single(Events(other, 1)), "Id")];
        Assert.All(ids, (id, part) => Assert.EndsWith($"-2-{sent.Offset.Value}-{part}", id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_a_message_without_a_key_what_was_kept_is_told_where_the_rest_goes_to_the_dead_letters()
    {
        var (refused, name) = ($"{user}-refused", ApiClient.Unique("event"));
        await server.Topics.SendAsync(FeedbackDataAdapter.Topic, 2, refused, Encoding.UTF8.GetBytes($$"""{"FeedbackType":"like","ItemId":"{{item}}","EventId":"{{name}}"}"""));
        var sent = await server.Topics.SendAsync(FeedbackDataAdapter.Topic, 2, null, Encoding.UTF8.GetBytes(
            $$"""[{"FeedbackType":"like","UserId":"{{refused}}","ItemId":"{{item}}-2","EventId":"{{name}}"},{"FeedbackType":"like","UserId":"{{user}}","ItemId":"{{item}}"}]"""));

        Assert.EndsWith($"-{sent.Offset.Value}-1", Text(Assert.Single(Events(user, 1)), "Id"), StringComparison.Ordinal);
        await api.EventuallyAsync($"/api/user/{user}/feedback", rows => rows.GetArrayLength() == 1);
        var letter = Assert.Single(server.Topics.Read($"{FeedbackDataAdapter.Topic}.dead", MockBroker.Partitions, 1, m => m.Message.Headers.TryGetLastBytes(KafkaDeadLetters.OffsetHeader, out var offset)
            && Encoding.UTF8.GetString(offset) == $"{sent.Offset.Value}" && Encoding.UTF8.GetString(m.Message.Headers.GetLastBytes(KafkaDeadLetters.PartitionHeader)) == "2"));
        Assert.Contains($"Row 0: its EventId", Encoding.UTF8.GetString(letter.Message.Headers.GetLastBytes(KafkaDeadLetters.ErrorHeader)), StringComparison.Ordinal);
        Assert.Equal([item], Events(refused, 1).SelectMany(e => e.GetProperty("Feedback").EnumerateArray()).Select(row => Text(row, "ItemId")));
    }

    [Fact]
    public async Task Feedback_from_Kafka_happened_when_its_message_says()
    {
        var time = new DateTime(2024, 5, 2, 10, 0, 0, DateTimeKind.Utc);
        await server.Topics.SendAtAsync(FeedbackDataAdapter.Topic, 1, user, Encoding.UTF8.GetBytes($$"""{"FeedbackType":"like","ItemId":"{{item}}"}"""), time);
        Assert.Equal("2024-05-02T10:00:00Z", Text(Assert.Single(Events(user, 1)), "Time"));

        // A producer's clock that is ahead is not believed.
        await server.Topics.SendAtAsync(FeedbackDataAdapter.Topic, 1, user, Encoding.UTF8.GetBytes($$"""{"FeedbackType":"like","ItemId":"{{item}}"}"""), time.AddYears(100));
        Assert.InRange(Events(user, 2)[1].GetProperty("Time").GetDateTime(), time.AddYears(1), DateTime.UtcNow);
    }

    [Fact]
    public async Task The_kind_and_the_schema_can_be_read_without_the_JSON()
    {
        await api.WriteAsync("POST", "/api/feedback", new[] { Like(user, item, 1) });
        var message = Assert.Single(Messages(user, 1));
        Assert.Equal("FeedbackAccepted", Encoding.UTF8.GetString(message.Message.Headers.GetLastBytes(KafkaEvents.TypeHeader)));
        Assert.Equal("1", Encoding.UTF8.GetString(message.Message.Headers.GetLastBytes(FeedbackDataAdapter.SchemaHeader)));
    }

    private static object Like(string user, string item, int second) =>
        new { FeedbackType = "like", UserId = user, ItemId = item, Timestamp = $"2024-05-02T10:{second / 60:00}:{second % 60:00}Z" };

    private static JsonElement? PlaceOf(JsonElement list, string item) =>
        list.GetProperty("Items").EnumerateArray().Where(place => Text(place, "ItemId") == item).Select(place => (JsonElement?)place).FirstOrDefault();

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private IReadOnlyList<ConsumeResult<byte[]?, byte[]?>> Messages(string key, int count, Func<JsonElement, bool>? isWanted = null) => server.Topics.Read(
        "lepton.events", MockBroker.Partitions, count, m => Encoding.UTF8.GetString(m.Message.Key!) == key && isWanted?.Invoke(Parse(m)) is not false);

    private List<JsonElement> Events(string key, int count) => [.. Messages(key, count).Select(Parse)];

    private static JsonElement Parse(ConsumeResult<byte[]?, byte[]?> message)
    {
        using var document = JsonDocument.Parse(message.Message.Value!);
        return document.RootElement.Clone();
    }
}
