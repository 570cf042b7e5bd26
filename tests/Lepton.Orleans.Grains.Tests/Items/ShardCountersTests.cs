using System.Buffers;
using Lepton.Orleans.Engine.Neighbours;
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
            [
                Pair(item, 7, 1f, 0f), Pair(item, 8, .5f, 0f), Pair(item, 7, 1f, 0f), Pair(item, 9, 0f, .25f),
                Event(item, Now - HalfLife), Event(item, Now),
            ],
            Now);

        var rows = counters.RowsAfter(Epoch, -1, 0, 100, Now);

        Assert.Equal([item], rows.Rows);
        Assert.Equal([7, 8], rows.Items[rows.Rules(0)]);
        Assert.Equal([2, .5f], rows.Weights[rows.Rules(0)]);
        Assert.Equal(2.5f, rows.RuleTotals[0]);
        Assert.Equal([9], rows.Items[rows.Pairs(0)]);
        Assert.Equal([.25f], rows.Weights[rows.Pairs(0)]);
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
        var version = counters.Version;

        counters.Apply(Events(Now, Item(1)), Now);
        counters.Apply(Events(Now, Item(2)), Now);

        Assert.Equal([Item(2)], counters.RowsAfter(Epoch, version, 0, 9, Now).Rows);
        Sweep(counters);
        Assert.Equal([Item(1), Item(2)], counters.RowsAfter(Epoch, version, 0, 9, Now).Rows.Order());
        version = counters.Version;
        Sweep(counters);
        Assert.Empty(counters.RowsAfter(Epoch, version, 0, 9, Now).Rows);

        counters.Apply(Events(Now, [.. Enumerable.Repeat(Item(1), 200)]), Now);
        Assert.Equal([Item(1)], counters.RowsAfter(Epoch, version, 0, 9, Now).Rows);
    }

    [Fact]
    public void A_storm_shows_a_bounded_number_of_rows_a_tick_new_ones_first_and_each_in_its_turn()
    {
        const int Rows = 6000;
        var counters = new ShardCounters(Shard, HalfLife);
        var all = Enumerable.Range(0, Rows).Select(Item).ToArray();
        var seen = new Dictionary<int, int>();
        var most = 0;
        var version = 0L;

        // Everything grows by half between two ticks.
        for (var (tick, events) = (0, 2); tick < 9; tick++, events += events / 2)
        {
            counters.Apply(Events(Now, [.. Enumerable.Repeat(all, events).SelectMany(e => e)]), Now);
            counters.Tick();
            var shown = counters.RowsAfter(Epoch, version, 0, 10_000, Now);
            version = shown.Version;
            most = Math.Max(most, shown.Rows.Length);
            foreach (var item in shown.Rows)
            {
                seen[item] = seen.GetValueOrDefault(item) + 1;
            }
        }

        Assert.InRange(most, 1, Rows * 2 / 3);
        Assert.Equal(Rows, seen.Count);
        Assert.InRange(seen.Values.Max() - seen.Values.Min(), 0, 1);

        counters.Apply(Events(Now, Item(Rows)), Now);
        counters.Tick();
        Assert.Contains(Item(Rows), counters.RowsAfter(Epoch, version, 0, 10_000, Now).Rows);
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
                [
                    Pair(item, random.Next(50), random.NextSingle(), random.NextSingle()),
                    Event(item, Now - TimeSpan.FromHours(random.Next(500))),
                ],
                Now);
        }

        Sweep(counters);
        Assert.InRange(counters.Pieces, 2, 1 + (200 / ShardCounters.PieceRows));
        Assert.InRange(counters.DirtyPieces, 2, counters.Pieces);

        var read = new ShardCounters(Shard, HalfLife);
        while (counters.TryTakeDirty(out var piece))
        {
            read.Read(piece, Bytes(counters, piece));
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
        var bytes = Bytes(counters, 0);

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => new ShardCounters(Shard, HalfLife).Read(0, bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void A_deleted_item_has_an_empty_row_and_no_popularity()
    {
        var counters = new ShardCounters(Shard, HalfLife);
        counters.Apply([Pair(Item(1), 2, 1f, 0f), Event(Item(1), Now)], Now);
        counters.Remove(Item(1));

        var rows = counters.RowsAfter(Epoch, -1, 0, 9, Now);
        Assert.Equal([Item(1)], rows.Rows);
        Assert.Empty(rows.Items);
        Assert.Equal((0f, 0f, 0f), (rows.RuleTotals[0], rows.Counts[0], rows.Trending[0]));
    }

    private static int Item(int row) => (row * IItemShardGrain.Shards) + Shard;

    private static ShardIncrement Pair(int item, int neighbour, float rule, float pair) => new(new PairIncrement(item, neighbour, rule, pair));

    private static ShardIncrement Event(int item, DateTime time) => new(item, (long)(time - DateTime.UnixEpoch).TotalMilliseconds);

    private static ShardIncrement[] Events(DateTime time, params int[] items) => [.. items.Select(item => Event(item, time))];

    private static byte[] Bytes(ShardCounters counters, int piece)
    {
        var output = new ArrayBufferWriter<byte>();
        counters.Write(piece, Now, output);
        Assert.InRange(output.WrittenCount, 1, ShardCounters.MaxPieceBytes);
        return output.WrittenSpan.ToArray();
    }

    private static void Sweep(ShardCounters counters)
    {
        for (var tick = 0; tick < 30; tick++)
        {
            counters.Tick();
        }
    }

    private static void AssertEqual(ShardRows expected, ShardRows actual)
    {
        var order = actual.Rows.Select((item, index) => (item, index)).ToDictionary(x => x.item, x => x.index);
        Assert.Equal(expected.Rows.Order(), actual.Rows.Order());
        for (var i = 0; i < expected.Rows.Length; i++)
        {
            var j = order[expected.Rows[i]];
            Assert.Equal(expected.Items[expected.Rules(i)], actual.Items[actual.Rules(j)]);
            Assert.Equal(expected.Weights[expected.Rules(i)], actual.Weights[actual.Rules(j)]);
            Assert.Equal(expected.RuleTotals[i], actual.RuleTotals[j]);
            Assert.Equal(expected.Items[expected.Pairs(i)], actual.Items[actual.Pairs(j)]);
            Assert.Equal(expected.Weights[expected.Pairs(i)], actual.Weights[actual.Pairs(j)]);
            Assert.Equal(expected.Counts[i], actual.Counts[j]);
            Assert.Equal(expected.Trending[i], actual.Trending[j], 1e-4f);
        }
    }
}
