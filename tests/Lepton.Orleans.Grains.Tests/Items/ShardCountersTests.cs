using Lepton.Orleans.Grains.Items;

namespace Lepton.Orleans.Grains.Tests.Items;

public sealed class ShardCountersTests
{
    private const int Shard = 3;
    private static readonly DateTime Now = new(2026, 5, 1, 12, 0, 0, DateTimeKind.Utc);
    private static readonly TimeSpan HalfLife = TimeSpan.FromDays(7);
    private static readonly Guid Epoch = Guid.NewGuid();

    [Fact]
    public void What_was_counted_is_what_a_replica_gets()
    {
        var counters = new ShardCounters(Shard, HalfLife);
        var item = Item(5);
        counters.Apply(
            new ShardDelta
            {
                RuleRows = [item, item, item], RuleItems = [7, 8, 7], RuleWeights = [1, .5f, 1],
                PairRows = [item], PairItems = [9], PairWeights = [.25f],
                Events = [item, item], EventTimes = [Milliseconds(Now - HalfLife), Milliseconds(Now)],
            },
            Now);

        var rows = counters.RowsAfter(Epoch, -1, 0, 100, Now);

        Assert.Equal([item], rows.Rows);
        Assert.Equal([7, 8], rows.RuleItems[0]);
        Assert.Equal([2, .5f], rows.RuleWeights[0]);
        Assert.Equal(2.5f, rows.RuleTotals[0]);
        Assert.Equal([9], rows.PairItems[0]);
        Assert.Equal(2, rows.Counts[0]);
        Assert.Equal(1.5f, rows.Trending[0], 4);
        Assert.Equal(-1, rows.Next);
    }

    [Fact]
    public void An_event_ahead_of_the_clock_counts_as_one_of_now()
    {
        var counters = new ShardCounters(Shard, HalfLife);
        counters.Apply(Events(Now + (100 * HalfLife), Item(0)), Now);

        Assert.Equal(1f, counters.RowsAfter(Epoch, -1, 0, 9, Now).Trending[0], 4);
    }

    [Fact]
    public void A_replica_that_asks_by_small_pages_gets_every_change_once_and_then_nothing()
    {
        var counters = new ShardCounters(Shard, HalfLife);
        for (var row = 0; row < 300; row++)
        {
            counters.Apply(Events(Now, Item(row)), Now);
        }

        var seen = new List<int>();
        var page = counters.RowsAfter(Epoch, -1, 0, 7, Now);
        var version = page.Version;
        seen.AddRange(page.Rows);
        while (page.Next >= 0)
        {
            page = counters.RowsAfter(Epoch, -1, page.Next, 7, Now);
            Assert.InRange(page.Rows.Length, 0, 7);
            seen.AddRange(page.Rows);
        }

        Assert.Equal(Enumerable.Range(0, 300).Select(Item), seen);
        Assert.Empty(counters.RowsAfter(Epoch, version, 0, 7, Now).Rows);
        counters.Apply(Events(Now, Item(42)), Now);
        Assert.Equal([Item(42)], counters.RowsAfter(Epoch, version, 0, 7, Now).Rows);
    }

    [Fact]
    public void A_small_change_of_a_large_row_is_shown_late_and_a_large_one_at_once()
    {
        var counters = new ShardCounters(Shard, HalfLife);
        counters.Apply(Events(Now, [.. Enumerable.Repeat(Item(1), 1000)]), Now);
        counters.ShowAll();
        var version = counters.Version;

        counters.Apply(Events(Now, Item(1)), Now);
        counters.Apply(Events(Now, Item(2)), Now);

        Assert.Equal([Item(2)], counters.RowsAfter(Epoch, version, 0, 9, Now).Rows);
        counters.ShowAll();
        Assert.Equal([Item(1), Item(2)], counters.RowsAfter(Epoch, version, 0, 9, Now).Rows.Order());
        counters.ShowAll();
        Assert.Empty(counters.RowsAfter(Epoch, counters.Version, 0, 9, Now).Rows);

        version = counters.Version;
        counters.Apply(Events(Now, [.. Enumerable.Repeat(Item(1), 200)]), Now);
        Assert.Equal([Item(1)], counters.RowsAfter(Epoch, version, 0, 9, Now).Rows);
    }

    [Fact]
    public void Pieces_read_back_equal_and_only_what_changed_is_dirty()
    {
        var counters = new ShardCounters(Shard, HalfLife);
        var random = new Random(1);
        for (var i = 0; i < 500; i++)
        {
            var item = Item(random.Next(200));
            counters.Apply(
                new ShardDelta
                {
                    RuleRows = [item], RuleItems = [random.Next(50)], RuleWeights = [random.NextSingle()],
                    PairRows = [item], PairItems = [random.Next(50)], PairWeights = [random.NextSingle()],
                    Events = [item], EventTimes = [Milliseconds(Now - TimeSpan.FromHours(random.Next(500)))],
                },
                Now);
        }

        counters.ShowAll();
        Assert.InRange(counters.Pieces, 2, 1 + (200 / ShardCounters.PieceRows));
        Assert.InRange(counters.DirtyPieces, 2, counters.Pieces);

        var read = new ShardCounters(Shard, HalfLife);
        while (counters.TryTakeDirty(out var piece))
        {
            read.Read(piece, counters.Write(piece, Now).Span);
        }

        Assert.Equal(0, read.DirtyPieces);
        AssertEqual(counters.RowsAfter(Epoch, -1, 0, 1000, Now), read.RowsAfter(Epoch, -1, 0, 1000, Now));

        counters.Apply(Events(Now, Item(ShardCounters.PieceRows + 1)), Now);
        Assert.True(counters.TryTakeDirty(out var changed));
        Assert.Equal(1, changed);
        Assert.False(counters.TryTakeDirty(out _));
    }

    [Fact]
    public void Damaged_pieces_are_refused()
    {
        var counters = new ShardCounters(Shard, HalfLife);
        counters.Apply(Events(Now, Item(1), Item(2)), Now);
        var bytes = counters.Write(0, Now).ToArray();

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => new ShardCounters(Shard, HalfLife).Read(0, bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void A_deleted_item_has_an_empty_row_and_no_popularity()
    {
        var counters = new ShardCounters(Shard, HalfLife);
        counters.Apply(
            new ShardDelta { RuleRows = [Item(1)], RuleItems = [2], RuleWeights = [1], Events = [Item(1)], EventTimes = [Milliseconds(Now)] }, Now);
        counters.Remove(Item(1));

        var rows = counters.RowsAfter(Epoch, -1, 0, 9, Now);
        Assert.Equal([Item(1)], rows.Rows);
        Assert.Empty(rows.RuleItems[0]);
        Assert.Equal((0f, 0f, 0f), (rows.RuleTotals[0], rows.Counts[0], rows.Trending[0]));
    }

    private static int Item(int row) => (row * IItemShardGrain.Shards) + Shard;

    private static long Milliseconds(DateTime time) => (long)(time - DateTime.UnixEpoch).TotalMilliseconds;

    private static ShardDelta Events(DateTime time, params int[] items) =>
        new() { Events = items, EventTimes = [.. items.Select(_ => Milliseconds(time))] };

    private static void AssertEqual(ShardRows expected, ShardRows actual)
    {
        var order = actual.Rows.Select((item, index) => (item, index)).ToDictionary(x => x.item, x => x.index);
        Assert.Equal(expected.Rows.Order(), actual.Rows.Order());
        for (var i = 0; i < expected.Rows.Length; i++)
        {
            var j = order[expected.Rows[i]];
            Assert.Equal(expected.RuleItems[i], actual.RuleItems[j]);
            Assert.Equal(expected.RuleWeights[i], actual.RuleWeights[j]);
            Assert.Equal(expected.RuleTotals[i], actual.RuleTotals[j]);
            Assert.Equal(expected.PairItems[i], actual.PairItems[j]);
            Assert.Equal(expected.PairWeights[i], actual.PairWeights[j]);
            Assert.Equal(expected.Counts[i], actual.Counts[j]);
            Assert.Equal(expected.Trending[i], actual.Trending[j], 1e-4f);
        }
    }
}
