using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Storage;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Tests.Tenants;

public sealed class TenantGrainTests(OneSilo silo)
{
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task Enumerations_meet_everything_exactly_once_while_writes_go_on()
    {
        var cluster = await silo.ClusterAsync();
        var tenant = cluster.Grains.GetGrain<ITenantGrain>(_tenant);
        var users = Enumerable.Range(0, 60).Select(i => $"user {i}").ToArray();
        await Task.WhenAll(users.Select(u => cluster.User(_tenant, u).RecordAsync(new FeedbackBatch
        {
            Rows = [.. Enumerable.Range(0, 6).Select(i => new Feedback { FeedbackType = i % 2 == 0 ? "like" : "read", UserId = u, ItemId = $"item {i}" })],
        })));
        var feedback = users.SelectMany(u => Enumerable.Range(0, 6).Select(i => $"{(i % 2 == 0 ? "like" : "read")} {u} item {i}")).Order(StringComparer.Ordinal).ToArray();

        using var enough = new CancellationTokenSource();
        var writes = Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                await cluster.RecordAsync(_tenant, $"passing {i}", "like", $"passing {i}");
            }
        }, CancellationToken.None);
        foreach (var size in new[] { 7, 50, 1000 })
        {
            AssertOnce(users, await AllAsync(c => tenant.ListUsersAsync(size, c)), u => u.UserId);
            AssertOnce([.. Enumerable.Range(0, 6).Select(i => $"item {i}")], await AllAsync(c => tenant.ListItemsAsync(size, c)), i => i.ItemId);
            AssertOnce(feedback, await AllAsync(c => tenant.ListFeedbackAsync(null, size, c)), f => $"{f.FeedbackType} {f.UserId} {f.ItemId}");
            AssertOnce([.. feedback.Where(f => f.StartsWith("read", StringComparison.Ordinal))], await AllAsync(c => tenant.ListFeedbackAsync("read", size, c)), f => $"{f.FeedbackType} {f.UserId} {f.ItemId}");
            AssertOnce(users, await AllAsync(c => tenant.ListItemFeedbackAsync("item 3", null, size, c)), f => f.UserId);
        }

        await enough.CancelAsync();
        await writes;
    }

    [Fact]
    public async Task A_rare_type_is_sought_over_several_calls_and_found_once()
    {
        var cluster = await silo.ClusterAsync();
        var tenant = cluster.Grains.GetGrain<ITenantGrain>(_tenant);
        await Parallel.ForAsync(0, 2500, async (i, _) => await cluster.RecordAsync(_tenant, $"user {i}", i % 1000 == 7 ? "rare" : "like", "item"));

        var first = await tenant.ListFeedbackAsync("rare", 100, "");
        Assert.NotEmpty(first.Cursor);
        AssertOnce(
            ["user 1007", "user 2007", "user 7"], await AllAsync(c => tenant.ListFeedbackAsync("rare", 100, c)), f => f.UserId);
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_costs_its_user_a_place_and_nobody_else()
    {
        var cluster = await silo.ClusterAsync();
        var tenant = cluster.Grains.GetGrain<ITenantGrain>(_tenant);
        string[] users = ["anna", "bob", "carl", "dora", "emil"];
        foreach (var user in users)
        {
            await cluster.RecordAsync(_tenant, user, "like", "item");
        }

        foreach (var damaged in new[] { "anna", "dora" })
        {
            await cluster.DeactivateAsync(cluster.User(_tenant, damaged));
            await cluster.Service<IConnectionMultiplexer>().GetDatabase().StringSetAsync(StoreKeys.UserRecord(LeptonKey.For(_tenant, damaged)), "damaged");
        }

        string[] readable = ["bob", "carl", "emil"];
        foreach (var size in new[] { 1, 2, 100 })
        {
            Assert.Equal(readable, (await AllAsync(c => tenant.ListUsersAsync(size, c))).Select(u => u.UserId).Order(StringComparer.Ordinal));
            Assert.Equal(readable, (await AllAsync(c => tenant.ListFeedbackAsync(null, size, c))).Select(f => f.UserId).Order(StringComparer.Ordinal));
            Assert.Equal(readable, (await AllAsync(c => tenant.ListItemFeedbackAsync("item", null, size, c))).Select(f => f.UserId));
        }
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("16/a")]
    [InlineData("-1/a")]
    [InlineData("1/a/b")]
    public async Task A_cursor_of_no_page_is_refused(string cursor)
    {
        var tenant = (await silo.ClusterAsync()).Grains.GetGrain<ITenantGrain>(_tenant);
        await Assert.ThrowsAsync<InvalidCursorException>(() => tenant.ListUsersAsync(10, cursor));
        await Assert.ThrowsAsync<InvalidCursorException>(() => tenant.ListFeedbackAsync(null, 10, cursor));
    }

    [Fact]
    public async Task A_session_is_ranked_and_stored_nowhere()
    {
        var cluster = await silo.ClusterAsync();
        var tenant = cluster.Grains.GetGrain<ITenantGrain>(_tenant);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => cluster.Item(_tenant, $"i{i}").PutAsync(new Item { ItemId = $"i{i}" })));
        await LeptonCluster.EventuallyAsync(
            async () => (await tenant.RecommendSessionAsync([new Feedback { FeedbackType = "like", UserId = "ghost", ItemId = "i1" }], new RecommendRequest())).Count == 4, "the session's list holds the other items");
        Assert.Empty((await tenant.ListUsersAsync(10, "")).Entries);
    }

    private static async Task<List<T>> AllAsync<T>(Func<string, Task<Page<T>>> next)
    {
        var all = new List<T>();
        var cursor = "";
        do
        {
            var page = await next(cursor);
            all.AddRange(page.Entries);
            cursor = page.Cursor;
        }
        while (cursor.Length > 0);

        return all;
    }

    private static void AssertOnce<T>(IReadOnlyList<string> lasting, List<T> met, Func<T, string> name)
    {
        var names = met.Select(name).ToList();
        Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(lasting.Order(StringComparer.Ordinal), names.Intersect(lasting).Order(StringComparer.Ordinal));
    }
}
