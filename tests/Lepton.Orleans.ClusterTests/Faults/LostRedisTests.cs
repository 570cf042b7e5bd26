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
        var ledger = new Ledger();
        await using var load = FeedbackLoad.Start(silo.Address, ledger);
        for (var round = 1; round <= Rounds; round++)
        {
            await AcknowledgedAsync(ledger, 500);
            await redis.KillAsync();
            await ProbeAsync(silo);
            await redis.StartAsync(Cancelled);
            ledger.MarkFault($"redis was killed and is back, round {round}");
            await AcknowledgedAsync(ledger, 300);
        }

        await load.StopAsync();
        Assert.All(ledger.Failures, AssertAskedToComeBack);
        await load.RepeatUnansweredAsync(Cancelled);

        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();
    }

    [Fact]
    public async Task A_redis_that_hangs_under_load_is_answered_with_503_and_loses_nothing_acknowledged()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        var silo = await StartAsync(SiloProcess.On(redis));
        var ledger = new Ledger();
        await using var load = FeedbackLoad.Start(silo.Address, ledger);
        await AcknowledgedAsync(ledger, 500);

        redis.Pause();
        await ProbeAsync(silo);
        redis.Resume();
        ledger.MarkFault("redis hung and goes on");
        await AcknowledgedAsync(ledger, 300);
        await load.StopAsync();
        Assert.All(ledger.Failures, AssertAskedToComeBack);
        await load.RepeatUnansweredAsync(Cancelled);

        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();
    }

    /// <summary>A caller of each kind, one after the other, while the store is away.</summary>
    private static async Task ProbeAsync(SiloProcess silo)
    {
        AssertAskedToComeBack(await silo.Client.PostUserAsync(new UserRow("nobody-yet", ""), Cancelled));
        AssertAskedToComeBack(await silo.Client.PostItemsAsync([new ItemRow("nothing-yet", "", [])], Cancelled));
        AssertAskedToComeBack(await silo.Client.GetRecommendAnswerAsync("a-stranger", Cancelled));
    }
}
