using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Lepton.Orleans.Silo.Tests.Faults;

public sealed class InterruptedWriteTests
{
    private static readonly Uri Feedback = new("/api/feedback", UriKind.Relative);

    [Fact]
    public async Task A_store_that_stops_in_the_middle_of_a_batch_is_a_503_that_says_how_much_was_kept()
    {
        await using var edge = await StartAsync((user, batch) => user == "u3"
            ? throw new StoreUnavailableException("append", new IOException("no space")) { RetryAfter = TimeSpan.FromSeconds(7) }
            : Task.FromResult(batch.Rows.Count));

        using var response = await edge.Client.PostAsync(Feedback, Batch("u1", "u2", "u1", "u3", "u3"), TestContext.Current.CancellationToken);
        var problem = await ReadProblemAsync(response, HttpStatusCode.ServiceUnavailable);

        Assert.Equal(7, response.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        Assert.Equal(
            (5, 3, 3, 2),
            (problem.GetProperty("rows").GetInt32(), problem.GetProperty("rowsKept").GetInt32(),
                problem.GetProperty("users").GetInt32(), problem.GetProperty("usersKept").GetInt32()));
        Assert.Contains("3 of 5 rows (2 of 3 users) are kept", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_that_meets_a_replaced_activation_is_repeated()
    {
        var tries = 0;
        await using var edge = await StartAsync((user, _) => ++tries < 3 ? throw new StaleActivationException(user) : Task.FromResult(1));

        using var response = await edge.Client.PostAsync(Feedback, Batch("u"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("""{"RowAffected":1}""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(3, tries);
    }

    [Theory]
    [InlineData("/api/feedback/u/i")]
    [InlineData("/api/feedback/like/u/i")]
    [InlineData("/api/user/u/feedback")]
    public async Task A_read_that_meets_a_replaced_activation_is_repeated(string path)
    {
        var tries = 0;
        await using var edge = await ScriptedEdge.StartAsync((_, key) => new ScriptedUser(key, read: () => ++tries < 3
            ? throw new StaleActivationException(key)
            : Task.FromResult(new Page<Feedback>([new Feedback { FeedbackType = "like", UserId = "u", ItemId = "i" }], ""))));

        using var response = await edge.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("\"ItemId\":\"i\"", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(3, tries);
    }

    [Theory]
    [InlineData("POST", "/api/v2/user/u/merge", """{"From":"cookie"}""")]
    [InlineData("PUT", "/api/item/i/category/film", "")]
    [InlineData("DELETE", "/api/item/i/category/film", "")]
    [InlineData("GET", "/api/users", "")]
    [InlineData("GET", "/api/items", "")]
    [InlineData("GET", "/api/feedback", "")]
    [InlineData("GET", "/api/item/i/feedback", "")]
    [InlineData("GET", "/api/popular", "")]
    [InlineData("GET", "/api/popular?user-id=u", "")]
    [InlineData("GET", "/api/v2/statistics", "")]
    [InlineData("POST", "/api/session/recommend", "[]")]
    public async Task What_a_second_time_changes_nothing_is_asked_again_where_a_silo_died_over_it(string method, string path, string body)
    {
        var calls = 0;
        await using var edge = await ScriptedEdge.StartAsync((grain, key) =>
            grain == typeof(IUserGrain) ? new ScriptedUser(key, read: () => Task.FromResult(new Page<Feedback>([], ""))) { Merge = Survive }
            : grain == typeof(IItemGrain) ? new ScriptedItem { Categorize = Survive }
            : new ScriptedTenant { Asked = Survive });

        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        request.Content = body.Length > 0 ? new StringContent(body, Encoding.UTF8, "application/json") : null;
        using var response = await edge.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, calls);

        void Survive() => _ = Interlocked.Increment(ref calls) == 1 ? throw new SiloUnavailableException("It died.") : 0;
    }

    [Theory]
    [InlineData("POST", "/api/feedback", true, "The store stopped confirming: 1 of 2 rows")]
    [InlineData("PUT", "/api/feedback", false, "A silo did not answer in time: 1 of 2 rows")]
    [InlineData("POST", "/api/items", false, "A silo did not answer in time: 1 of 2 rows")]
    [InlineData("POST", "/api/users", false, "A silo did not answer in time: 1 of 2 rows")]
    public async Task A_batch_that_was_interrupted_says_by_what_and_whether_it_counts_twice(string method, string path, bool adds, string cause)
    {
        var kept = 0;
        await using var edge = await ScriptedEdge.StartAsync((grain, key) => grain == typeof(IItemGrain) ? new ScriptedItem { Put = KeepOne } : new ScriptedUser(key, (_, _) =>
        {
            KeepOne();
            return Task.FromResult(1);
        }) { Put = KeepOne });

        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative)) { Content = Batch("u", "v") };
        using var response = await edge.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var detail = (await ReadProblemAsync(response, HttpStatusCode.ServiceUnavailable)).GetProperty("detail").GetString();

        Assert.StartsWith(cause, detail, StringComparison.Ordinal);
        Assert.Equal(adds, detail!.Contains("counts as a new event", StringComparison.Ordinal));

        void KeepOne() => _ = Interlocked.Increment(ref kept) == 1 ? 0 : throw (adds ? new StoreUnavailableException("append") : new TimeoutException());
    }

    [Fact]
    public async Task An_activation_that_is_replaced_again_and_again_is_a_503_to_be_repeated()
    {
        var tries = 0;
        await using var edge = await StartAsync((user, _) => Interlocked.Increment(ref tries) > 0 ? throw new StaleActivationException(user) : Task.FromResult(1));

        using var response = await edge.Client.PutAsync(Feedback, Batch("u"), TestContext.Current.CancellationToken);
        var problem = await ReadProblemAsync(response, HttpStatusCode.ServiceUnavailable);

        Assert.True(tries > 3);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Equal(0, problem.GetProperty("rowsKept").GetInt32());
    }

    [Fact]
    public async Task All_users_are_written_at_once_and_each_by_one_call()
    {
        const int Users = 100;
        var calls = new ConcurrentDictionary<string, int>();
        var allStarted = new TaskCompletionSource();
        await using var edge = await StartAsync(async (user, batch) =>
        {
            Assert.Equal(2, batch.Rows.Count);
            if (calls.AddOrUpdate(user, 1, (_, count) => count + 1) == 1 && calls.Count == Users)
            {
                allStarted.SetResult();
            }

            await allStarted.Task; // no call ends before all of them have begun
            return batch.Rows.Count;
        });

        var users = Enumerable.Range(0, Users).Select(i => $"u{i}").ToArray();
        using var response = await edge.Client.PostAsync(Feedback, Batch([.. users, .. users]), TestContext.Current.CancellationToken);

        Assert.Equal("""{"RowAffected":200}""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.All(calls.Values, count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task A_batch_of_many_users_keeps_512_calls_under_way_and_no_more()
    {
        const int Bound = 512;
        const int Users = 3000;
        var (started, ended, most) = (0, 0, 0);
        using var mayEnd = new SemaphoreSlim(0);
        await using var edge = await StartAsync(async (_, batch) =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref started) - Volatile.Read(ref ended));
            await mayEnd.WaitAsync(TestContext.Current.CancellationToken);
            Interlocked.Increment(ref ended);
            return batch.Rows.Count;
        });

        var answer = edge.Client.PostAsync(Feedback, Batch([.. Enumerable.Range(0, Users).Select(i => $"u{i}")]), TestContext.Current.CancellationToken);

        // One by one: the call that ends makes room for one that starts, and for no second one.
        for (var room = 0; room < 100; room++)
        {
            await StartedAsync(() => Volatile.Read(ref started), Bound + room);
            mayEnd.Release();
        }

        await StartedAsync(() => Volatile.Read(ref started), Bound + 100);
        mayEnd.Release(Users);
        using var response = await answer;
        Assert.Equal("""{"RowAffected":3000}""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Bound, most);
    }

    [Fact]
    public async Task One_bad_row_and_no_grain_is_called()
    {
        var calls = 0;
        await using var edge = await StartAsync((_, _) => Task.FromResult(Interlocked.Increment(ref calls)));

        using var response = await edge.Client.PostAsync(Feedback, Batch("a", "b", "c", "", "d"), TestContext.Current.CancellationToken);
        var problem = await ReadProblemAsync(response, HttpStatusCode.BadRequest);

        Assert.Equal("must not be empty", problem.GetProperty("errors").GetProperty("[3].UserId")[0].GetString());
        Assert.Equal(0, calls);
    }

    [Fact]
    public async Task A_row_that_a_grain_refuses_is_named_by_its_place_in_the_request()
    {
        await using var edge = await StartAsync((user, _) =>
            user == "b" ? throw new InvalidFeedbackException(1, "Timestamp", "must be sooner") : Task.FromResult(1));

        using var response = await edge.Client.PostAsync(Feedback, Batch("a", "b", "a", "b"), TestContext.Current.CancellationToken);
        var problem = await ReadProblemAsync(response, HttpStatusCode.BadRequest);

        Assert.Equal("must be sooner", problem.GetProperty("errors").GetProperty("[3].Timestamp")[0].GetString());
    }

    [Fact]
    public async Task A_grain_that_the_cluster_gave_up_waiting_for_is_a_503()
    {
        await using var edge = await StartAsync((_, _) => throw new TimeoutException());

        using var response = await edge.Client.PostAsync(Feedback, Batch("u"), TestContext.Current.CancellationToken);
        _ = await ReadProblemAsync(response, HttpStatusCode.ServiceUnavailable);

        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_list_that_the_cluster_gave_up_waiting_for_is_a_503_too()
    {
        await using var edge = await ScriptedEdge.StartAsync((_, _) => new ScriptedLists((_, _) => throw new TimeoutException()));

        using var response = await edge.Client.GetAsync(new Uri("/api/recommend/u", UriKind.Relative), TestContext.Current.CancellationToken);
        _ = await ReadProblemAsync(response, HttpStatusCode.ServiceUnavailable);

        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task An_unexpected_error_is_a_500_that_tells_nothing_of_the_inside()
    {
        await using var edge = await StartAsync((_, _) => throw new InvalidOperationException("the password is swordfish"));

        using var response = await edge.Client.PostAsync(Feedback, Batch("u", "v"), TestContext.Current.CancellationToken);
        var problem = await ReadProblemAsync(response, HttpStatusCode.InternalServerError);

        Assert.DoesNotContain("swordfish", problem.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_has_met_its_store_stays_ready_without_it_and_says_so_but_not_when_its_own_grains_do_not_answer()
    {
        Exception? fault = null;
        await using var edge = await ScriptedEdge.StartAsync((_, _) => fault is null ? new ScriptedTenant() : throw fault);

        Assert.Equal((HttpStatusCode.OK, true), await ReadyAsync());
        fault = new StoreUnavailableException("read");
        Assert.Equal((HttpStatusCode.OK, false), await ReadyAsync());
        fault = new TimeoutException();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, null), await ReadyAsync());
        fault = null;
        Assert.Equal((HttpStatusCode.OK, true), await ReadyAsync());

        async Task<(HttpStatusCode Status, bool? HasStore)> ReadyAsync()
        {
            using var ready = await edge.Client.GetAsync(new Uri("/api/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
            using var body = JsonDocument.Parse(await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            return (ready.StatusCode, body.RootElement.TryGetProperty("DataStoreConnected", out var hasStore) ? hasStore.GetBoolean() : null);
        }
    }

    [Fact]
    public async Task A_service_whose_store_has_never_answered_is_live_but_not_ready()
    {
        await using var edge = await ScriptedEdge.StartAsync((_, _) => throw new StoreUnavailableException("read"));

        using var live = await edge.Client.GetAsync(new Uri("/api/health/live", UriKind.Relative), TestContext.Current.CancellationToken);
        using var ready = await edge.Client.GetAsync(new Uri("/api/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
        var problem = await ReadProblemAsync(ready, HttpStatusCode.ServiceUnavailable);

        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Contains("The store does not answer", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static async Task StartedAsync(Func<int> started, int calls)
    {
        var watch = Stopwatch.StartNew();
        while (started() < calls)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{started()} calls were started, not {calls}.");
            await Task.Yield();
        }

        Assert.Equal(calls, started());
    }

    private static Task<ScriptedEdge> StartAsync(Func<string, FeedbackBatch, Task<int>> record) =>
        ScriptedEdge.StartAsync((_, key) => new ScriptedUser(key, record));

    private static StringContent Batch(params string[] users) => new(
        JsonSerializer.Serialize(users.Select((user, i) => new { FeedbackType = "like", UserId = user, ItemId = $"i{i}" })),
        Encoding.UTF8,
        "application/json");

    private static async Task<JsonElement> ReadProblemAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.ToString());
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal((int)status, document.RootElement.GetProperty("status").GetInt32());
        return document.RootElement.Clone();
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int current;
        while ((current = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, current) != current)
        {
        }
    }
}
