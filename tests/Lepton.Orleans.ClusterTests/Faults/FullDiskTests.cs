using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Faults;

public sealed class FullDiskTests(ITestOutputHelper output) : FaultTest(output)
{
    private const int Megabytes = 64;

    [Fact]
    public async Task A_full_disk_under_the_embedded_store_is_answered_with_503_until_there_is_room_and_loses_nothing_acknowledged()
    {
        var silo = new SiloProcess();
        using var disk = MemoryDisk.MountOrSkip(silo.DataDirectory, Megabytes);
        await StartAsync(silo);
        await TakeStoreAwayAsync(
            silo,
            "disk full under the embedded store",
            () => Task.Run(disk.Fill),
            () => Task.Run(disk.Free),
            Rounds,
            TimeSpan.FromSeconds(3));
    }
}
