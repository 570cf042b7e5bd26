using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Engine.Neighbours;

namespace Lepton.Orleans.Engine.Tests.Neighbours;

public sealed class BoundedCountersTests
{
    private static readonly Gen<(int Row, int Item, float Weight)[]> Additions =
        (from row in Gen.Choose(0, 5)
         from item in Gen.Choose(0, 30)
         from weight in Gen.Choose(1, 64)
         select (row, item, weight / 16f)).ArrayOf();

    [Fact]
    public void Under_capacity_the_counters_are_exact() => Prop.ForAll(Additions.ToArbitrary(), additions =>
    {
        var counters = new BoundedCounters(31);
        foreach (var (row, item, weight) in additions)
        {
            counters.Add(row, item, weight);
        }

        foreach (var group in additions.GroupBy(a => a.Row))
        {
            var expected = group.GroupBy(a => a.Item)
                .Select(g => (Item: g.Key, Weight: g.Sum(a => a.Weight)))
                .OrderByDescending(x => x.Weight).ThenBy(x => x.Item).ToArray();
            var top = counters.Top(group.Key, 31);
            Assert.Equal(expected.Select(x => x.Item), top.Items);
            Assert.Equal(expected.Select(x => x.Weight), top.Weights);
            Assert.Equal(group.Sum(a => a.Weight), counters.Total(group.Key));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_small_full_row_evicts_its_minimum_and_the_newcomer_starts_at_its_own_weight()
    {
        var counters = new BoundedCounters(3);
        counters.Add(1, 10, 5f);
        counters.Add(1, 11, 2f);
        counters.Add(1, 12, 9f);

        counters.Add(1, 13, 1f);

        var top = counters.Top(1, 10);
        Assert.Equal([12, 10, 13], top.Items);
        Assert.Equal([9f, 5f, 1f], top.Weights);
        Assert.Equal(17f, counters.Total(1));
    }

    [Fact]
    public void A_full_row_evicts_an_eighth_of_its_counters_the_smallest_and_of_equal_ones_the_highest_item()
    {
        var counters = new BoundedCounters(16);
        for (var item = 0; item < 16; item++)
        {
            counters.Add(0, item, item is 3 or 5 or 9 ? 1f : 2f + item);
        }

        counters.Add(0, 99, .5f);

        var left = counters.Top(0, 20).Items;
        Assert.Equal(15, left.Length);
        Assert.Equal([0, 1, 2, 3, 4, 6, 7, 8, 10, 11, 12, 13, 14, 15, 99], left.Order());
    }

    [Fact]
    public void Whatever_is_added_a_row_never_outgrows_its_capacity() => Prop.ForAll(Additions.ToArbitrary(), additions =>
    {
        var counters = new BoundedCounters(7);
        foreach (var (row, item, weight) in additions)
        {
            counters.Add(row, item, weight);
        }

        return Enumerable.Range(0, counters.RowCount).All(row => counters.Top(row, 100) is var top && top.Items.Length <= 7 && top.Items.Distinct().Count() == top.Items.Length);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Written_counters_read_back_equal_and_equal_counters_give_equal_bytes() => Prop.ForAll(Additions.ToArbitrary(), additions =>
    {
        var counters = new BoundedCounters(7);
        foreach (var (row, item, weight) in additions)
        {
            counters.Add(row, item, weight);
        }

        var bytes = Bytes(counters);
        var read = Read(bytes);
        return bytes.SequenceEqual(Bytes(read))
            && Enumerable.Range(0, counters.RowCount).All(row => read.Total(row) == counters.Total(row) && read.Top(row, 9).Items.SequenceEqual(counters.Top(row, 9).Items));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Truncated_bytes_are_refused_whereever_they_end()
    {
        var counters = new BoundedCounters(4);
        counters.Add(1, 2, 3f);
        counters.Add(9, 8, 7f);
        var bytes = Bytes(counters);

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => Read(bytes.AsSpan(0, length)));
        }

        Assert.Throws<InvalidDataException>(() => Read([.. bytes, 0]));
        Assert.Throws<InvalidDataException>(() => new BoundedCounters(4).Read(bytes, 0, 9));
        bytes[0] ^= 0xFF;
        Assert.Throws<InvalidDataException>(() => Read(bytes));
    }

    [Fact]
    public void A_replaced_row_keeps_its_heaviest_and_takes_the_total_it_is_given()
    {
        var counters = new BoundedCounters(2);
        counters.Add(1, 5, 100f);

        counters.Replace(new NeighbourRow(1, [1, 2, 3], [1f, 3f, 2f]), 42f);
        counters.Add(1, 2, 1f);

        Assert.Equal([2, 3], counters.Top(1, 9).Items);
        Assert.Equal(43f, counters.Total(1));
        counters.Remove(1);
        Assert.Equal(0f, counters.Total(1));
        Assert.Empty(counters.Top(1, 9).Items);
    }

    [Fact]
    public void Rows_can_be_written_in_pieces_and_read_over_older_ones() => Prop.ForAll(Additions.ToArbitrary(), additions =>
    {
        var counters = new BoundedCounters(7);
        var read = new BoundedCounters(7);
        foreach (var (row, item, weight) in additions)
        {
            counters.Add(row, item, weight);
            read.Add(row, item + 100, weight);
        }

        for (var first = 0; first < counters.RowCount; first += 2)
        {
            var piece = new ArrayBufferWriter<byte>();
            counters.Write(piece, first, 2);
            read.Read(piece.WrittenSpan, first, 2);
        }

        return Bytes(read).SequenceEqual(Bytes(counters));
    }).QuickCheckThrowOnFailure();

    private static BoundedCounters Read(ReadOnlySpan<byte> bytes)
    {
        var counters = new BoundedCounters(7);
        counters.Read(bytes, 0, 10);
        return counters;
    }

    private static byte[] Bytes(BoundedCounters counters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        counters.Write(buffer, 0, counters.RowCount);
        return buffer.WrittenSpan.ToArray();
    }
}
