using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Storage;

namespace Lepton.Orleans.Grains.Tests.Items;

public sealed class ItemShardGrainTests(OneSilo silo)
{
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task A_mark_is_on_its_way_to_the_store_as_soon_as_anything_is_counted_after_a_rest()
    {
        var cluster = await silo.ClusterAsync();
        for (var likes = 1; likes <= 3; likes++)
        {
            await LeptonCluster.EventuallyAsync(async () => !await IsMarkedAsync(), "everything is written");
            await cluster.RecordAsync(_tenant, $"user {likes}", "like", "a");
            await cluster.Service<DeltaBuffer>().FlushAsync();
            await LeptonCluster.EventuallyAsync(async () => await CountAsync() == likes, "the like is counted");

            // What a crash takes now is missed at the next start.
            Assert.True(await IsMarkedAsync());
        }

        async Task<bool> IsMarkedAsync() => await cluster.Service<BlobStore>().GetAsync($"shard:{_tenant}/0:unwritten") is not null;

        async Task<float> CountAsync() =>
            (await cluster.Grains.GetGrain<IItemShardGrain>($"{_tenant}/0").GetRowsAsync(Guid.Empty, -1, 0, 10)) is { Counts: [var count, ..] } ? count : 0;
    }
}
