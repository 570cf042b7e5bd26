using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Faults;

public sealed class BadNetworkTests(ITestOutputHelper output) : FaultTest(output)
{
    [Fact]
    public async Task A_store_that_answers_late_is_waited_for()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        await using var network = new StoreProxy(redis.Port);
        var silo = await StartAsync(SiloProcess.On(network.ConnectionString));
        network.Delay = TimeSpan.FromMilliseconds(50);
        var ledger = new Ledger("a store that answers after 0.1 s");
        await using var load = FeedbackLoad.Start(silo.Address, ledger);
        ledger.MarkFault();
        await AcknowledgedAsync(ledger, 300);
        await load.StopAsync();
        network.Delay = TimeSpan.Zero;

        Assert.Empty(ledger.Failures);
        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();
    }

    [Fact]
    public async Task A_store_that_answers_too_late_is_away_until_it_answers_in_time()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        await using var network = new StoreProxy(redis.Port);
        var silo = await StartAsync(SiloProcess.On(network.ConnectionString));
        await TakeStoreAwayAsync(silo, "a store that answers after 6 s", () => Delay(TimeSpan.FromSeconds(3)), () => Delay(TimeSpan.Zero));

        Task Delay(TimeSpan delay)
        {
            network.Delay = delay;
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_connection_that_is_cut_inside_a_batch_loses_and_doubles_nothing() =>
        await CutUnderLoadAsync("connection cut inside a batch of writes", network => network.CutRequestAsync());

    [Fact]
    public async Task A_connection_that_is_cut_before_a_batch_is_answered_loses_and_doubles_nothing() =>
        await CutUnderLoadAsync("connection cut before a batch of writes was answered", network => network.CutReplyAsync());

    private async Task CutUnderLoadAsync(string fault, Func<StoreProxy, Task> cut)
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        await using var network = new StoreProxy(redis.Port);
        var silo = await StartAsync(SiloProcess.On(network.ConnectionString));
        var ledger = new Ledger(fault);
        await using var load = FeedbackLoad.Start(silo.Address, ledger);
        for (var round = 1; round <= Rounds * 2; round++)
        {
            await AcknowledgedAsync(ledger, 200);
            await cut(network).WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
            ledger.MarkFault();
            await AcknowledgedAsync(ledger, 200);
        }

        await load.StopAsync();
        Assert.All(ledger.Failures, AssertAskedToComeBack);
        await load.RepeatUnansweredAsync(Cancelled);

        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();
    }
}
