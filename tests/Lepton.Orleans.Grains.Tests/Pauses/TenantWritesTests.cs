using System.Text.Json;
using Lepton.Orleans.Grains.Pauses;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;

namespace Lepton.Orleans.Grains.Tests.Pauses;

public sealed class TenantWritesTests(StoreServers servers) : IAsyncLifetime
{
    // Long enough for the other note to be there before it ends.
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longer = TimeSpan.FromSeconds(4);

    private LeptonCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await LeptonCluster.StartAsync(() => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 2);

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_pause_that_was_made_longer_when_a_silo_could_not_be_told_lasts_longer_there_too()
    {
        var tenant = OpenStore.Unique();
        await _cluster.Service<TenantWrites>().PauseAsync(tenant, Short);

        // As a silo finds it that was joining when the others were told.
        var until = DateTimeOffset.UtcNow + Longer;
        await _cluster.Service<BlobStore>().PutAsync(WriteGate.Note(tenant), JsonSerializer.SerializeToUtf8Bytes(new WritesStatus(true, until)));

        await LeptonCluster.EventuallyAsync(() => IsTakenAsync(tenant), "writes are taken again");
        Assert.True(DateTimeOffset.UtcNow >= until, $"A write was taken {(until - DateTimeOffset.UtcNow).TotalSeconds} s before the end of the pause.");
    }

    [Fact]
    public async Task A_silo_that_joins_while_writes_are_paused_takes_none_and_is_told_when_they_are_resumed()
    {
        // A silo reads the note of the tenant that it serves by REST.
        await _cluster.Service<TenantWrites>().PauseAsync(LeptonKey.DefaultTenant, null);
        await _cluster.AddSiloAsync();

        Assert.All(Enumerable.Range(0, 3), silo => Assert.True(_cluster.Service<WriteGate>(silo).IsClosed(LeptonKey.DefaultTenant)));

        await _cluster.Service<TenantWrites>().ResumeAsync(LeptonKey.DefaultTenant);
        Assert.All(Enumerable.Range(0, 3), silo => Assert.False(_cluster.Service<WriteGate>(silo).IsClosed(LeptonKey.DefaultTenant)));
    }

    private async Task<bool> IsTakenAsync(string tenant)
    {
        try
        {
            _ = await _cluster.RecordAsync(tenant, "anna", "like", "a");
            return true;
        }
        catch (WritesPausedException)
        {
            return false;
        }
    }
}
