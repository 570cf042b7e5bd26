using System.Runtime.InteropServices;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Popularity;
using Lepton.Orleans.Engine.Training;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Storage;
using Lepton.Orleans.Grains.Training;

namespace Lepton.Orleans.Grains.Tests.Training;

public sealed class ShardRebuildTests(OneSilo silo)
{
    private const int Shard = 3;
    private static readonly DateTime Now = DateTime.UtcNow;
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task Pages_replace_all_rows_at_their_end_and_none_before()
    {
        var shard = await ShardAsync();
        await LikeAsync(shard, 0, 1);
        await shard.BeginRebuildAsync();

        Assert.True(await RebuildOf(shard).RebuildPageAsync(7, 0, Page(1)));
        Assert.True(await RebuildOf(shard).RebuildPageAsync(7, 1, Page(2)));
        Assert.Equal("0: 1, 1: 1", await CountsAsync(shard));
        Assert.False(await RebuildOf(shard).EndRebuildAsync(7, 3));
        Assert.False(await RebuildOf(shard).EndRebuildAsync(6, 2));
        Assert.Equal("0: 1, 1: 1", await CountsAsync(shard));

        await LikeAsync(shard, 2);
        Assert.True(await RebuildOf(shard).EndRebuildAsync(7, 2));
        Assert.Equal("0: 0, 1: 10, 2: 11", await CountsAsync(shard));
        Assert.False((await RowsAsync(shard)).IsIncomplete);
    }

    [Fact]
    public async Task What_is_sent_again_changes_nothing()
    {
        var shard = await ShardAsync();
        await shard.BeginRebuildAsync();
        foreach (var page in (int[])[0, 0, 1, 1, 0, 1])
        {
            Assert.True(await RebuildOf(shard).RebuildPageAsync(7, page, Page(page)));
        }

        Assert.True(await RebuildOf(shard).EndRebuildAsync(7, 2));
        await LikeAsync(shard, 0);
        Assert.True(await RebuildOf(shard).RebuildPageAsync(7, 0, Page(0)));
        Assert.True(await RebuildOf(shard).RebuildPageAsync(7, 1, Page(1)));
        Assert.True(await RebuildOf(shard).EndRebuildAsync(7, 2));

        Assert.Equal("0: 11, 1: 10", await CountsAsync(shard));
        var rows = await RowsAsync(shard);
        Assert.False(rows.IsIncomplete);
        Assert.Equal([1], rows.Items[rows.Rules(1)]);
        Assert.InRange(rows.Trending[1], 9, 10);
    }

    [Fact]
    public async Task A_rebuild_that_is_given_up_halfway_leaves_the_rows_as_they_are()
    {
        var shard = await ShardAsync();
        await LikeAsync(shard, 0);
        await shard.BeginRebuildAsync();
        Assert.True(await RebuildOf(shard).RebuildPageAsync(7, 0, Page(1)));

        await shard.AbandonRebuildAsync();

        Assert.False(await RebuildOf(shard).RebuildPageAsync(7, 1, Page(2)));
        Assert.False(await RebuildOf(shard).EndRebuildAsync(7, 1));
        Assert.Equal("0: 1", await CountsAsync(shard));
        Assert.False((await RowsAsync(shard)).IsIncomplete);
    }

    [Fact]
    public async Task A_shard_that_moves_between_two_pages_keeps_its_rows_asks_for_all_pages_and_is_incomplete_until_the_next_build()
    {
        var (cluster, shard) = (await silo.ClusterAsync(), await ShardAsync());
        await LikeAsync(shard, 0);
        await shard.BeginRebuildAsync();
        Assert.True(await RebuildOf(shard).RebuildPageAsync(7, 0, Page(1)));

        await cluster.DeactivateAsync(shard);

        Assert.False(await RebuildOf(shard).RebuildPageAsync(7, 1, Page(2)));
        Assert.False(await RebuildOf(shard).EndRebuildAsync(7, 2));
        Assert.Equal("0: 1", await CountsAsync(shard));
        Assert.True(await RebuildOf(shard).RebuildPageAsync(7, 0, Page(1)));
        Assert.True(await RebuildOf(shard).RebuildPageAsync(7, 1, Page(2)));
        Assert.True(await RebuildOf(shard).EndRebuildAsync(7, 2));
        Assert.Equal("0: 0, 1: 10, 2: 10", await CountsAsync(shard));
        Assert.True((await RowsAsync(shard)).IsIncomplete);

        await shard.BeginRebuildAsync();
        Assert.True(await RebuildOf(shard).RebuildPageAsync(8, 0, Page(1)));
        Assert.True(await RebuildOf(shard).EndRebuildAsync(8, 1));
        Assert.False((await RowsAsync(shard)).IsIncomplete);
    }

    [Fact]
    public async Task An_item_that_is_deleted_between_two_pages_does_not_come_back()
    {
        var shard = await ShardAsync();
        await shard.BeginRebuildAsync();
        Assert.True(await RebuildOf(shard).RebuildPageAsync(7, 0, Page(1)));

        await shard.RemoveAsync(Item(1));

        Assert.True(await RebuildOf(shard).EndRebuildAsync(7, 1));
        Assert.Equal("0: 0, 1: 0", await CountsAsync(shard));
    }

    [Fact]
    public async Task Shards_that_move_while_they_are_sent_their_rows_get_all_of_them()
    {
        var cluster = await silo.ClusterAsync();
        var (counts, popularity) = Counted(items: 5000, neighbours: 60);
        var rebuild = new ShardRebuild(cluster.Grains, _tenant, TimeProvider.System);
        await rebuild.BeginAsync();

        var replacing = rebuild.ReplaceAsync(counts, popularity, TestContext.Current.CancellationToken);
        var shards = Enumerable.Range(0, IItemShardGrain.Shards).Select(s => cluster.Grains.GetGrain<IItemShardGrain>($"{_tenant}/{s}")).ToArray();
        for (var moved = 0; !replacing.IsCompleted && moved < 2 * shards.Length; moved++)
        {
            await cluster.DeactivateAsync(shards[moved % shards.Length]);
        }

        await replacing;
        foreach (var shard in shards)
        {
            Assert.Equal((5000 - 1 - Array.IndexOf(shards, shard)) / IItemShardGrain.Shards + 1, (await CountsAsync(shard)).Split(", ").Length);
        }
    }

    [Fact]
    public void Pages_hold_every_row_once_and_few_enough_neighbours()
    {
        var (counts, popularity) = Counted(items: 8000, neighbours: 190);
        var (seen, pages) = (new List<int>(), 0);
        for (var item = Shard; item < counts.Counts.Length; pages++)
        {
            var page = ShardRebuild.PageFrom(counts, popularity[Shard], Now, ref item);
            Assert.InRange(page.Items.Length, 1, ShardRows.MaxLength);
            Assert.Equal(page.Items.Length, page.Weights.Length);
            seen.AddRange(page.Rows);
            for (var i = 0; i < page.Rows.Length; i++)
            {
                var row = page.Rows[i];
                Assert.Equal(counts.Transitions.Items(row), page.Items[page.Rules(i)]);
                Assert.Equal(counts.CoOccurrence.Weights(row), page.Weights[page.Pairs(i)]);
                Assert.Equal((counts.TransitionTotals[row], counts.Counts[row]), (page.RuleTotals[i], page.Counts[i]));
                Assert.Equal(row / IItemShardGrain.Shards, page.Trending[i], 1f);
            }
        }

        Assert.Equal(Enumerable.Range(0, 500).Select(i => (i * IItemShardGrain.Shards) + Shard), seen);
        Assert.Equal(10, pages);
    }

    private static IShardRebuildGrain RebuildOf(IItemShardGrain shard) => shard.AsReference<IShardRebuildGrain>();

    private static int Item(int row) => (row * IItemShardGrain.Shards) + Shard;

    // A row that ten users have, after which comes what its number says.
    private static ShardRows Page(int row) => new()
    {
        Rows = [Item(row)],
        Ends = [(1, 1)],
        Items = [row],
        Weights = [2f],
        RuleTotals = [2f],
        Counts = [10],
        Trending = [10],
        TrendingAsOf = Now,
    };

    private static (ExactCounts Counts, DecayedCounter[] Popularity) Counted(int items, int neighbours)
    {
        var popularity = Array.ConvertAll(new int[IItemShardGrain.Shards], _ => new DecayedCounter(TimeSpan.FromDays(7)));
        for (var item = 0; item < items; item++)
        {
            popularity[item % IItemShardGrain.Shards].Add(item / IItemShardGrain.Shards, item / IItemShardGrain.Shards, Now);
        }

        NeighbourTable Rows(int step) => NeighbourTable.From(
            [.. Enumerable.Range(0, items).Select(item => new NeighbourRow(item, [.. Enumerable.Range(step, neighbours).Select(s => (item + s) % items)], [.. Enumerable.Range(1, neighbours).Select(n => 1f / n)]))]);
        return (new ExactCounts
        {
            Transitions = Rows(1),
            TransitionTotals = [.. Enumerable.Range(0, items).Select(item => item + .5f)],
            CoOccurrence = Rows(2),
            Counts = [.. Enumerable.Range(0, items).Select(item => item + 1f)],
        }, popularity);
    }

    // Nobody confirms what is counted, and the next call may overtake it.
    private static async Task LikeAsync(IItemShardGrain shard, params int[] rows)
    {
        var before = await CountAsync(shard);
        await shard.ApplyAsync(new ShardDelta
        {
            Content = MemoryMarshal.AsBytes<ShardIncrement>([.. rows.Select(row => new ShardIncrement(Item(row), new DateTimeOffset(Now).ToUnixTimeMilliseconds()))]).ToArray(),
        });
        await LeptonCluster.EventuallyAsync(async () => await CountAsync(shard) == before + rows.Length, "the shard has counted them");
    }

    private static async Task<double> CountAsync(IItemShardGrain shard) => (await RowsAsync(shard)).Counts.Sum(count => (double)count);

    private static async Task<ShardRows> RowsAsync(IItemShardGrain shard) => await shard.GetRowsAsync(Guid.Empty, -1, 0, 10_000);

    private static async Task<string> CountsAsync(IItemShardGrain shard)
    {
        var words = new List<string>();
        for (var from = 0; from >= 0;)
        {
            var rows = await shard.GetRowsAsync(Guid.Empty, -1, from, 10_000);
            words.AddRange(rows.Rows.Zip(rows.Counts, (item, count) => FormattableString.Invariant($"{item / IItemShardGrain.Shards}: {count}")));
            from = rows.Next;
        }

        return string.Join(", ", words);
    }

    // Awake, so that calls come to it in their order.
    private async Task<IItemShardGrain> ShardAsync()
    {
        var shard = (await silo.ClusterAsync()).Grains.GetGrain<IItemShardGrain>($"{_tenant}/{Shard}");
        _ = await RowsAsync(shard);
        return shard;
    }
}
