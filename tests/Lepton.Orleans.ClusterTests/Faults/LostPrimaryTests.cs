using System.Diagnostics;
using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Faults;

public sealed class LostPrimaryTests(ITestOutputHelper output) : FaultTest(output)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_redis_cluster_works_unchanged()
    {
        var redis = await StartClusterAsync();
        var silo = await StartAsync(SiloProcess.On(redis.ConnectionString));
        var ledger = new Ledger("a redis cluster of three primaries");
        await using var load = FeedbackLoad.Start(silo.Address, ledger);
        await AcknowledgedAsync(ledger, 1000);
        await load.StopAsync();

        var counted = ledger.Feedback.Count(line => line is { IsAcknowledged: true, Row.FeedbackType: "like" });
        await Eventually.TrueAsync(async token => await silo.Client.PositiveFeedbackAsync(token) >= counted, "the shards must have counted", Deadline, Cancelled);
        await Eventually.TrueAsync(silo.Client.BuildAsync, "the model must be built", Deadline, Cancelled);
        var before = await silo.Client.RecommendAsync("u1", 10, Cancelled);
        Assert.NotEmpty(before);
        var like = new FeedbackRow { FeedbackType = "like", UserId = "u1", ItemId = before[0], Value = 1, Timestamp = DateTime.UnixEpoch.AddDays(20_000) };
        Assert.Equal(Outcome.Acknowledged, (await ledger.SendFeedbackAsync(silo.Client, [like], Cancelled)).Outcome);
        Assert.DoesNotContain(before[0], await silo.Client.RecommendAsync("u1", 10, Cancelled));

        foreach (var server in await redis.PrimariesAsync(Cancelled))
        {
            Assert.True(await server.KeysAsync(Cancelled) > 0, "Each server must have a part.");
        }

        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();
    }

    [Fact]
    public async Task Kill_9_of_a_primary_under_load_loses_nothing_acknowledged_when_its_replica_is_promoted()
    {
        var redis = await StartClusterAsync();
        var silo = await StartAsync(SiloProcess.On(redis.ConnectionString, ("Lepton:RedisReplicas", "1")));
        var random = new Random(Seed());
        var ledger = new Ledger("kill -9 of a primary of a redis cluster, RedisReplicas=1");
        await using var load = FeedbackLoad.Start(silo.Address, ledger);
        for (var round = 1; round <= Rounds; round++)
        {
            await AcknowledgedAsync(ledger, random.Next(300, 800));
            var primaries = await redis.PrimariesAsync(Cancelled);
            var killed = primaries[random.Next(primaries.Count)];

            // A replica that has stood still for a while knows nothing of what was written then: nobody may have been told that it is
            // kept. The first round does without; there only what is on its way is at stake.
            var replica = await redis.ReplicaOfAsync(killed, Cancelled);
            if (round > 1)
            {
                replica.Pause();
                await RefusedAsync(ledger, 50);
            }

            ledger.MarkFault();
            var started = Stopwatch.GetTimestamp();
            await killed.KillAsync();
            if (round > 1)
            {
                replica.Resume();
            }

            await redis.PromotedAsync(Cancelled);
            var promoted = Stopwatch.GetElapsedTime(started);

            // Nobody replaces the replica that is a primary now, so its slots take no writes until the one that was killed follows it.
            await killed.StartAsync(Cancelled);
            await redis.ReplicatedAsync(Cancelled);
            await EveryUserWritesAsync(silo, ledger, round);
            Output.WriteLine($"round {round}: promoted after {promoted.TotalSeconds:0.0} s; every user's writes are acknowledged after {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        }

        await load.StopAsync();
        await load.RepeatUnansweredAsync(Cancelled);
        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();
    }

    [Fact]
    public async Task Without_its_replica_nothing_is_acknowledged_until_it_is_back()
    {
        var primary = await StartAsync(RedisProcess.FindOrSkip());
        var replica = await StartAsync(RedisProcess.ReplicaOfOrSkip(primary));
        await ReplicatedAsync(primary);
        var silo = await StartAsync(SiloProcess.On($"{primary.ConnectionString},{replica.ConnectionString}", ("Lepton:RedisReplicas", "1")));
        var user = new UserRow("somebody", "");
        Assert.Equal(Outcome.Acknowledged, (await AnswerAsync(token => silo.Client.PostUserAsync(user, token))).Outcome);

        await replica.KillAsync();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            AssertAskedToComeBack(await silo.Client.PostUserAsync(user, Cancelled));
        }

        await replica.StartAsync(Cancelled);
        await ReplicatedAsync(primary);
        Assert.Equal(Outcome.Acknowledged, (await AnswerAsync(token => silo.Client.PostUserAsync(user, token))).Outcome);
    }

    private static Task ReplicatedAsync(RedisProcess primary) => Eventually.TrueAsync(
        async token => (await primary.InfoAsync("INFO replication", token)).TryGetValue("slave0", out var state) && state.Contains("state=online", StringComparison.Ordinal),
        "the replica must be up to date",
        Deadline,
        Cancelled);

    private static Task RefusedAsync(Ledger ledger, int more)
    {
        var enough = ledger.Failures.Count + more;
        return Eventually.TrueAsync(_ => Task.FromResult(ledger.Failures.Count >= enough), $"{more} more requests must be refused", Deadline, Cancelled);
    }

    private static async Task EveryUserWritesAsync(SiloProcess silo, Ledger ledger, int round)
    {
        for (var user = 0; user < FeedbackLoad.Users; user += 5)
        {
            var row = new FeedbackRow
            {
                FeedbackType = "seen", UserId = $"u{user}", ItemId = $"round-{round}", Value = 1, Timestamp = DateTime.UnixEpoch.AddDays(20_000),
            };
            Assert.Equal(Outcome.Acknowledged, (await AnswerAsync(token => ledger.SendFeedbackAsync(silo.Client, [row], token))).Outcome);
        }
    }

    private async Task<RedisClusterProcesses> StartClusterAsync()
    {
        var redis = RedisClusterProcesses.FindOrSkip();
        await Task.WhenAll(redis.Servers.Select(StartAsync));
        await redis.FormAsync(Cancelled);
        return redis;
    }
}
