using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Faults;

public sealed class LostRedisTests(ITestOutputHelper output) : FaultTest(output)
{
    [Fact]
    public async Task Kill_9_of_redis_under_load_answers_503_until_it_is_back_and_loses_nothing_acknowledged()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        var silo = await StartAsync(SiloProcess.On(redis));
        await TakeStoreAwayAsync(silo, "kill -9 of redis", redis.KillAsync, () => redis.StartAsync(Cancelled), Rounds);
    }

    [Fact]
    public async Task A_redis_that_hangs_for_ten_seconds_under_load_is_answered_with_503_and_loses_nothing_acknowledged()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        var silo = await StartAsync(SiloProcess.On(redis));
        await TakeStoreAwayAsync(silo, "redis paused for 10 s (SIGSTOP)", redis.PauseAsync, redis.ResumeAsync, absence: TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_redis_out_of_memory_is_answered_with_503_until_it_has_more_and_loses_nothing_acknowledged()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        var silo = await StartAsync(SiloProcess.On(redis));
        await TakeStoreAwayAsync(
            silo,
            "redis out of memory (maxmemory, noeviction)",
            () => redis.ConfigureAsync("maxmemory", "1", Cancelled),
            () => redis.ConfigureAsync("maxmemory", "0", Cancelled),
            Rounds,
            TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task An_error_in_the_middle_of_a_batch_is_a_503_for_its_user_only_and_loses_nothing_acknowledged()
    {
        const string journal = "lepton:{u:default/u7}:j";
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        var silo = await StartAsync(SiloProcess.On(redis));
        var ledger = new Ledger("a storage error in the middle of a batch");
        await using var load = FeedbackLoad.Start(silo.Address, ledger);
        for (var round = 1; round <= Rounds; round++)
        {
            await AcknowledgedAsync(ledger, 1000);
            await redis.PutAsideAsync(journal, Cancelled);
            await AcknowledgedAsync(ledger, 1000);
            AssertAskedToComeBack(await ledger.SendFeedbackAsync(silo.Client, [Like("u7", $"refused {round}", round)], Cancelled));
            await redis.PutBackAsync(journal, Cancelled);
            ledger.MarkFault();
            await Eventually.TrueAsync(
                async token => (await ledger.SendFeedbackAsync(silo.Client, [Like("u7", $"back {round}", round)], token)).Outcome == Outcome.Acknowledged,
                "the user must be served again",
                TimeSpan.FromSeconds(30),
                Cancelled);
        }

        await load.StopAsync();
        Assert.All(ledger.Failures, AssertAskedToComeBack);
        Assert.InRange(ledger.Failures.Count, Rounds, (int)ledger.AcknowledgedRequests / 5);
        await load.RepeatUnansweredAsync(Cancelled);

        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();
    }

    [Fact]
    public async Task What_redis_brings_back_of_a_block_that_was_cut_short_changes_nothing_acknowledged_since()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        var silo = await StartAsync(SiloProcess.On(redis));
        var ledger = new Ledger();
        await SendAsync(silo, ledger, Like("known", "first", 1));

        // An old and a new user's first meeting with a new item: the last block holds the append and its index entry. With the
        // end of its block neither was ever confirmed, so neither is in the ledger.
        foreach (var user in (string[])["known", "new"])
        {
            await SendAsync(silo, new Ledger(), Like(user, $"unconfirmed by {user}", 2));
            await RestartAsync(silo, redis, redis.CutLastBlock);
            await SendAsync(silo, ledger, Like(user, $"second of {user}", 3));
            await SendAsync(silo, ledger, Like(user, $"third of {user}", 4));
            await RestartAsync(silo, redis);
        }

        (await LedgerComparison.CompareAsync(silo.Client, ledger, Cancelled)).AssertClean();
        Assert.Equal(["third of known", "second of known", "first"], await ItemsOfAsync("known"));
        Assert.Equal(["third of new", "second of new"], await ItemsOfAsync("new"));

        async Task<IEnumerable<string>> ItemsOfAsync(string user) => (await silo.Client.FeedbackOfAsync(user, Cancelled)).OrderByDescending(row => row.Timestamp).Select(row => row.ItemId);
    }

    [Fact]
    public async Task A_single_write_after_a_block_that_was_cut_short_outlives_the_next_kill()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        var silo = await StartAsync(SiloProcess.On(redis));
        var ledger = new Ledger();
        await SendAsync(silo, ledger, Like("known", "first", 1));
        await SendAsync(silo, new Ledger(), Like("known", "unconfirmed", 2));
        await RestartAsync(silo, redis, redis.CutLastBlock);

        // An item that exists is written by one command, which no block surrounds.
        var item = new ItemRow("first", "First of all", []);
        Assert.Equal(Outcome.Acknowledged, (await ledger.SendItemAsync(silo.Client, item, Cancelled)).Outcome);
        await RestartAsync(silo, redis);
        Assert.Empty((await LedgerComparison.CompareAsync(silo.Client, ledger, Cancelled)).Lost);
    }

    private static FeedbackRow Like(string user, string item, int second) => new()
    {
        FeedbackType = "like", UserId = user, ItemId = item, Value = 1, Comment = "", Timestamp = new DateTime(2024, 1, 1, 0, 0, second, DateTimeKind.Utc),
    };

    private static async Task SendAsync(SiloProcess silo, Ledger ledger, FeedbackRow row) =>
        Assert.Equal(Outcome.Acknowledged, (await ledger.SendFeedbackAsync(silo.Client, [row], Cancelled)).Outcome);

    /// <summary>Kills both, and starts them on what is on disk after something was done to it.</summary>
    private static async Task RestartAsync(SiloProcess silo, RedisProcess redis, Action? between = null)
    {
        await silo.KillAsync();
        await redis.KillAsync();
        between?.Invoke();
        await redis.StartAsync(Cancelled);
        await silo.StartAsync(Cancelled);
    }
}
