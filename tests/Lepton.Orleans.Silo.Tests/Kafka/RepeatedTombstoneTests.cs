using System.Text;
using Lepton.Orleans.Grains.Erasure;
using Lepton.Orleans.Silo.Streams;
using Lepton.Orleans.Silo.Tests.Api;
using Microsoft.Extensions.DependencyInjection;

namespace Lepton.Orleans.Silo.Tests.Kafka;

[Collection(KafkaServerCollection.Name)]
public sealed class RepeatedTombstoneTests(KafkaServer server)
{
    // Of nobody else here.
    private const int Partition = 900;
    private static uint sources;
    private readonly uint source = Interlocked.Increment(ref sources);
    private readonly string user = ApiClient.Unique("user");
    private readonly string other = ApiClient.Unique("other");

    [Fact]
    public async Task A_tombstone_that_comes_again_leaves_what_the_user_has_sent_since()
    {
        FeedbackMessage[] messages = [Row(5, user, "before"), Row(6, other, "tea"), Tombstone(7), Row(8, other, "cup")];
        await ApplyAsync(messages);
        await server.Api.WriteAsync("POST", "/api/feedback", new[] { new { FeedbackType = "like", UserId = user, ItemId = "since" } });

        // By the next owner of the partition, who knows only what the store says, however the messages are cut this time.
        await ApplyAsync(messages);
        await ApplyAsync(messages[..2]);
        await ApplyAsync(messages[2..]);
        Assert.Equal(["since"], await ItemsAsync(user));
        Assert.Equal(["cup", "tea"], await ItemsAsync(other));
        Assert.Equal(1, (await server.Api.GetAsync($"/api/feedback/like/{other}/cup")).GetProperty("Value").GetDouble());
    }

    [Fact]
    public async Task An_erased_user_does_not_come_back_with_messages_that_come_again()
    {
        FeedbackMessage[] messages = [Row(5, user, "before"), Tombstone(6), Row(7, other, "tea")];
        await ApplyAsync(messages);
        await ApplyAsync(messages[..1]);
        await ApplyAsync(messages[1..]);
        Assert.Empty(await ItemsAsync(user));
    }

    [Fact]
    public async Task Another_log_in_the_place_of_the_one_before_is_applied_from_its_beginning()
    {
        await ApplyAsync([Tombstone(10)]);
        await server.App.Services.GetRequiredService<FeedbackIngest>().ApplyAsync(
            new FeedbackMessages { Source = source + 1000, Messages = [Row(3, user, "tea")] }, server.App.Services.GetRequiredService<LogErasures>(), []);
        Assert.Equal(["tea"], await ItemsAsync(user));
    }

    private Task ApplyAsync(params FeedbackMessage[] messages) => server.App.Services.GetRequiredService<FeedbackIngest>().ApplyAsync(
        new FeedbackMessages { Source = source, Messages = messages }, server.App.Services.GetRequiredService<LogErasures>(), []);

    private async Task<IEnumerable<string?>> ItemsAsync(string of) =>
        (await server.Api.GetAsync($"/api/user/{of}/feedback")).EnumerateArray().Select(row => row.GetProperty("ItemId").GetString()).Order();

    private FeedbackMessage Tombstone(long offset) => new() { Partition = Partition, Offset = offset, Key = Encoding.UTF8.GetBytes(user), Erased = user };

    private static FeedbackMessage Row(long offset, string user, string item) => new()
    {
        Partition = Partition,
        Offset = offset,
        Key = Encoding.UTF8.GetBytes(user),
        Rows = [new Feedback { FeedbackType = "like", UserId = user, ItemId = item, Value = 1 }],
    };
}
