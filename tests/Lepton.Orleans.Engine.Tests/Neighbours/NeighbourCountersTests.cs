using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Engine.Neighbours;

namespace Lepton.Orleans.Engine.Tests.Neighbours;

public sealed class NeighbourCountersTests
{
    private static readonly Gen<PairIncrement[]> Additions =
        (from row in Gen.Choose(0, 5)
         from item in Gen.Choose(0, 30)
         from rule in Gen.Choose(0, 64)
         from pair in Gen.Choose(1, 64)
         select new PairIncrement(row, item, rule / 16f, pair / 16f)).ArrayOf();

    [Fact]
    public void Under_capacity_the_counters_are_exact() => Prop.ForAll(Additions.ToArbitrary(), additions =>
    {
        var counters = Counted(256, additions);
        foreach (var group in additions.GroupBy(a => a.Row))
        {
            Assert.Equal(Expected(group, a => a.Rule), Rules(counters, group.Key));
            Assert.Equal(Expected(group, a => a.Pair), Pairs(counters, group.Key));
            Assert.Equal(group.Sum(a => a.Rule), counters.RuleTotal(group.Key));
            Assert.Equal(group.Select(a => a.Item).Distinct().Count(), counters.Count(group.Key));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_full_bucket_gives_up_the_smallest_share_and_the_newcomer_starts_at_its_own_weight()
    {
        var counters = new NeighbourCounters(8);
        for (var item = 0; item < 8; item++)
        {
            // Item 3 has the fewest rules but many co-occurrences; item 5 has little of both.
            counters.Add(new PairIncrement(1, item, item switch { 3 => 1f, 5 => 2f, _ => 9f }, item switch { 5 => 2f, 3 => 9f, _ => 4f }));
        }

        counters.Add(new PairIncrement(1, 99, .5f, .25f));

        Assert.Equal([0, 1, 2, 4, 6, 7, 3, 99], Rules(counters, 1).Select(r => r.Item));
        Assert.Equal(.5f, Rules(counters, 1)[^1].Weight);
        Assert.Equal((99, .25f), Pairs(counters, 1)[^1]);
        Assert.Equal((6 * 9f) + 1f + 2f + .5f, counters.RuleTotal(1));
    }

    [Fact]
    public void What_is_taken_back_is_as_if_it_had_never_been_added() => Prop.ForAll(Additions.ToArbitrary(), Additions.ToArbitrary(), (lasting, passing) =>
    {
        var counters = Counted(256, [.. lasting, .. passing]);
        foreach (var addition in passing.Reverse())
        {
            counters.TakeBack(addition);
        }

        var expected = Counted(256, lasting);
        foreach (var row in lasting.Concat(passing).Select(a => a.Row).Distinct())
        {
            Assert.Equal(Rules(expected, row), Rules(counters, row));
            Assert.Equal(Pairs(expected, row), Pairs(counters, row));
            Assert.Equal((expected.RuleTotal(row), expected.Count(row)), (counters.RuleTotal(row), counters.Count(row)));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_was_never_added_or_was_evicted_takes_nothing_from_others()
    {
        var counters = new NeighbourCounters(8);
        counters.TakeBack(new PairIncrement(3, 1, 1f, 1f));
        for (var item = 0; item < 9; item++)
        {
            counters.Add(new PairIncrement(0, item, 1f, 1f));
        }

        var evicted = Enumerable.Range(0, 9).Except(Rules(counters, 0).Select(r => r.Item)).Single();
        counters.TakeBack(new PairIncrement(0, evicted, 1f, 1f));
        counters.TakeBack(new PairIncrement(0, 77, 100f, 100f));

        Assert.Equal(8, counters.Count(0));
        Assert.All(Rules(counters, 0), rule => Assert.Equal(1f, rule.Weight));
        Assert.Equal(0, counters.RuleTotal(0));
    }

    [Fact]
    public void Whatever_is_added_a_row_never_outgrows_its_capacity() => Prop.ForAll(Additions.ToArbitrary(), additions =>
    {
        var counters = Counted(8, additions);
        return Enumerable.Range(0, counters.RowCount).All(row => Pairs(counters, row) is var pairs
            && pairs.Length == Math.Min(8, additions.Where(a => a.Row == row).Select(a => a.Item).Distinct().Count())
            && pairs.DistinctBy(p => p.Item).Count() == pairs.Length
            && counters.Count(row) == pairs.Length);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bounded_rows_rank_first_what_unbounded_ones_would()
    {
        // Each row sees 20,000 of 5,000 neighbours, a few often and most once or twice, as in a catalogue with a long tail.
        const int Head = 50;
        var random = new Random(7);
        var counters = new NeighbourCounters();
        var (found, exactly, kept, counted) = (0.0, 0.0, 0.0, 0.0);
        for (var row = 0; row < 20; row++)
        {
            var (rules, pairs) = (new float[5000], new float[5000]);
            for (var i = 0; i < 20_000; i++)
            {
                var item = (int)(5000 * Math.Pow(random.NextDouble(), 3));
                var rule = random.Next(2) == 0 ? 0f : 1f / random.Next(1, 11);
                var pair = MathF.Pow(random.Next(5, 100), -.6f);
                counters.Add(new PairIncrement(row, (item * 7) + row, rule, pair));
                rules[item] += rule;
                pairs[item] += pair;
            }

            AddHead(rules, [.. Rules(counters, row).Take(Head).Select(r => ((r.Item - row) / 7, r.Weight))]);
            AddHead(pairs, [.. Pairs(counters, row).Take(Head).Select(p => ((p.Item - row) / 7, p.Weight))]);
        }

        // At its end the true head's weights hardly differ: which of them are found says less than how much they weigh.
        Assert.InRange(found / (2 * 20 * Head), .8, 1);
        Assert.InRange(kept / exactly, .95, 1);
        Assert.InRange(counted / kept, .97, 1.0001);

        void AddHead(float[] exact, (int Item, float Weight)[] bounded)
        {
            var head = exact.Index().OrderByDescending(e => e.Item).Take(Head).ToArray();
            found += head.IntersectBy(bounded.Select(b => b.Item), e => e.Index).Count();
            exactly += head.Sum(e => e.Item);
            kept += bounded.Sum(b => exact[b.Item]);
            counted += bounded.Sum(b => b.Weight);
        }
    }

    [Fact]
    public void Written_counters_read_back_equal_and_equal_counters_give_equal_bytes() => Prop.ForAll(Additions.ToArbitrary(), Gen.Elements(8, 16, 64).ToArbitrary(), (additions, capacity) =>
    {
        var counters = Counted(capacity, additions);
        var bytes = Bytes(counters);
        var read = new NeighbourCounters(capacity);
        read.Read(bytes, 0, 10);
        return bytes.SequenceEqual(Bytes(read))
            && Enumerable.Range(0, counters.RowCount).All(row => read.RuleTotal(row) == counters.RuleTotal(row)
                && Rules(read, row).SequenceEqual(Rules(counters, row)) && Pairs(read, row).SequenceEqual(Pairs(counters, row)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Truncated_bytes_are_refused_whereever_they_end()
    {
        var bytes = Bytes(Counted(8, [new(1, 2, 3f, 1f), new(9, 8, 7f, 1f)]));

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => new NeighbourCounters(8).Read(bytes.AsSpan(0, length), 0, 10));
        }

        Assert.Throws<InvalidDataException>(() => new NeighbourCounters(8).Read([.. bytes, 0], 0, 10));
        Assert.Throws<InvalidDataException>(() => new NeighbourCounters(8).Read(bytes, 0, 9));
        bytes[0] ^= 0xFF;
        Assert.Throws<InvalidDataException>(() => new NeighbourCounters(8).Read(bytes, 0, 10));
    }

    [Fact]
    public void A_full_row_is_as_long_as_it_says()
    {
        var counters = new NeighbourCounters(8);
        for (var item = 0; item < 8; item++)
        {
            counters.Add(new PairIncrement(0, item, 1f, 1f));
        }

        Assert.Equal(NeighbourCounters.HeaderBytes + counters.RowBytes, Bytes(counters).Length);
    }

    [Fact]
    public void A_replaced_row_keeps_its_heaviest_and_takes_the_total_it_is_given()
    {
        var counters = Counted(8, [new(1, 500, 100f, 100f)]);
        var items = Enumerable.Range(0, 12).ToArray();

        counters.Replace(new NeighbourRow(1, items, [.. items.Select(i => i + 1f)]), 142f, new NeighbourRow(1, [11, 99], [1f, .01f]));
        counters.Add(new PairIncrement(1, 7, 1f, 0f));

        Assert.Equal([11, 10, 9, 7, 8, 6, 5], Rules(counters, 1).Select(r => r.Item).Take(7));
        Assert.Contains((11, 1f), Pairs(counters, 1));
        Assert.Equal(143f, counters.RuleTotal(1));
        counters.Remove(1);
        Assert.Equal(0f, counters.RuleTotal(1));
        Assert.Equal(0, counters.Count(1));
        Assert.Empty(Rules(counters, 1));
    }

    [Fact]
    public void Rows_can_be_written_in_pieces_and_read_over_older_ones() => Prop.ForAll(Additions.ToArbitrary(), additions =>
    {
        var counters = Counted(8, additions);
        var read = Counted(8, [.. additions.Select(a => a with { Item = a.Item + 100 })]);
        for (var first = 0; first < counters.RowCount; first += 2)
        {
            var piece = new ArrayBufferWriter<byte>();
            counters.Write(piece, first, 2);
            read.Read(piece.WrittenSpan, first, 2);
        }

        return Bytes(read).SequenceEqual(Bytes(counters));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Rows_and_items_that_no_catalogue_numbers_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new NeighbourCounters().Add(new PairIncrement(-1, 1, 1f, 1f)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NeighbourCounters().Add(new PairIncrement(1, -1, 1f, 1f)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NeighbourCounters(12));
    }

    private static NeighbourCounters Counted(int capacity, PairIncrement[] additions)
    {
        var counters = new NeighbourCounters(capacity);
        foreach (var addition in additions)
        {
            counters.PrefetchRow(addition.Row);
            counters.PrefetchNeighbour(addition.Row, addition.Item);
            counters.Add(addition);
        }

        return counters;
    }

    private static (int Item, float Weight)[] Expected(IEnumerable<PairIncrement> additions, Func<PairIncrement, float> weight) =>
    [
        .. additions.GroupBy(a => a.Item).Select(g => (Item: g.Key, Weight: g.Sum(weight)))
            .Where(x => x.Weight > 0).OrderByDescending(x => x.Weight).ThenBy(x => x.Item),
    ];

    private static (int Item, float Weight)[] Rules(NeighbourCounters counters, int row)
    {
        var (items, weights) = (new int[256], new float[256]);
        return [.. items.Zip(weights).Take(counters.TopRules(row, items, weights))];
    }

    private static (int Item, float Weight)[] Pairs(NeighbourCounters counters, int row)
    {
        var (items, weights) = (new int[256], new float[256]);
        return [.. items.Zip(weights).Take(counters.TopPairs(row, items, weights))];
    }

    private static byte[] Bytes(NeighbourCounters counters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        counters.Write(buffer, 0, counters.RowCount);
        return buffer.WrittenSpan.ToArray();
    }
}
