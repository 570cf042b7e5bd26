using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Faults;

public sealed class StoppedSiloTests(ITestOutputHelper output) : FaultTest(output)
{
    [Fact]
    public async Task Sigterm_under_load_loses_nothing_acknowledged_on_the_embedded_store() => await StopUnderLoadAsync(new SiloProcess(), "embedded store");

    [Fact]
    public async Task Sigterm_under_load_loses_nothing_acknowledged_on_redis()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        await StopUnderLoadAsync(SiloProcess.On(redis), "redis");
    }

    [Fact]
    public async Task A_silo_that_was_paused_under_load_goes_on_and_loses_nothing()
    {
        var silo = await StartAsync(new SiloProcess());
        var ledger = new Ledger("SIGSTOP of the silo, longer than callers wait");
        await using var load = FeedbackLoad.Start(silo.Address, ledger);
        await AcknowledgedAsync(ledger, 500);

        silo.Pause();

        // Longer than the load's own patience, so that its requests are given up while the silo still has them.
        await Eventually.TrueAsync(_ => Task.FromResult(ledger.Failures.Count >= 8), "the load must give up on the paused silo", TimeSpan.FromSeconds(30), Cancelled);
        silo.Resume();
        ledger.MarkFault();
        await AcknowledgedAsync(ledger, 500);
        await load.StopAsync();
        await load.RepeatUnansweredAsync(Cancelled);

        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();
    }

    [Fact]
    public async Task Sigterm_while_Consul_does_not_answer_ends_the_silo_when_its_grace_is_over_and_loses_nothing()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        var consul = await StartAsync(ConsulProcess.FindOrSkip());
        var silo = await StartAsync(SiloProcess.In(consul, redis, ("Lepton:Shutdown:Grace", "00:00:05")));
        var ledger = new Ledger("SIGTERM of the silo, Consul paused (SIGSTOP)");
        await using var load = FeedbackLoad.Start(silo.Address, ledger);
        await AcknowledgedAsync(ledger, 1000);

        consul.Pause();
        ledger.MarkFault();
        await silo.StopAsync(Cancelled);
        Assert.Contains("Lepton:Shutdown:Grace", silo.Output.Last(20), StringComparison.Ordinal);

        consul.Resume();
        await silo.StartAsync(Cancelled);
        await AcknowledgedAsync(ledger, 300);
        await load.StopAsync();
        await load.RepeatUnansweredAsync(Cancelled);
        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();
    }

    private async Task StopUnderLoadAsync(SiloProcess silo, string store)
    {
        await StartAsync(silo);
        var ledger = new Ledger($"SIGTERM of the silo ({store})");
        await using var load = FeedbackLoad.Start(silo.Address, ledger);
        await AcknowledgedAsync(ledger, 1000);

        Assert.Equal(0, await silo.StopAsync(Cancelled));
        ledger.MarkFault();
        await silo.StartAsync(Cancelled);
        await AcknowledgedAsync(ledger, 300);
        await load.StopAsync();
        await load.RepeatUnansweredAsync(Cancelled);

        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();
    }
}
