using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Faults;

public sealed class KilledSiloTests(ITestOutputHelper output) : FaultTest(output)
{
    [Fact]
    public async Task Kill_9_under_load_loses_nothing_acknowledged_on_the_embedded_store() => await KillUnderLoadAsync(new SiloProcess(), "embedded store");

    [Fact]
    public async Task Kill_9_under_load_loses_nothing_acknowledged_on_redis()
    {
        var redis = await StartAsync(RedisProcess.FindOrSkip());
        await KillUnderLoadAsync(SiloProcess.On(redis), "redis");
    }

    private async Task KillUnderLoadAsync(SiloProcess silo, string store)
    {
        await StartAsync(silo);
        var seed = Seed();
        var random = new Random(seed);
        var ledger = new Ledger($"kill -9 of the silo ({store})");
        await using var load = FeedbackLoad.Start(silo.Address, ledger, seed: seed);
        for (var round = 1; round <= Rounds; round++)
        {
            await AcknowledgedAsync(ledger, random.Next(300, 3000));
            await silo.KillAsync();
            ledger.MarkFault();
            await silo.StartAsync(Cancelled);
        }

        await AcknowledgedAsync(ledger, 300);
        await load.StopAsync();
        await load.RepeatUnansweredAsync(Cancelled);

        (await CompareAfterRestartAsync(silo, ledger)).AssertClean();
    }
}
