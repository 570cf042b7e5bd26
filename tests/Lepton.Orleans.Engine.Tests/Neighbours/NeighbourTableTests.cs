using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Engine.Neighbours;

namespace Lepton.Orleans.Engine.Tests.Neighbours;

public sealed class NeighbourTableTests
{
    [Fact]
    public void Rows_that_a_table_does_not_hold_are_empty_and_never_an_exception()
    {
        var table = NeighbourTable.From([new NeighbourRow(3, [1, 2], [2f, 1f])]);

        foreach (var row in new[] { int.MinValue, -1, 0, 4, 63, 64, 100_000, int.MaxValue })
        {
            Assert.True(table.Items(row).IsEmpty);
            Assert.True(table.Weights(row).IsEmpty);
        }

        Assert.Equal(4, table.RowCount);
        Assert.Equal([1, 2], table.Items(3).ToArray());
    }

    [Fact]
    public void A_new_version_leaves_the_old_one_as_it_was()
    {
        var old = NeighbourTable.From([new NeighbourRow(0, [7], [1f]), new NeighbourRow(200, [8], [1f])]);

        var fresh = With(old, new NeighbourRow(0, [9, 10], [3f, 2f]));

        Assert.Equal([7], old.Items(0).ToArray());
        Assert.Equal([9, 10], fresh.Items(0).ToArray());
        Assert.Equal([8], fresh.Items(200).ToArray());
    }

    [Fact]
    public void A_small_delta_copies_no_rows_but_its_own()
    {
        var rows = Enumerable.Range(0, 100_000).Select(i => new NeighbourRow(i, [i, i + 1], [2f, 1f])).ToArray();
        var table = NeighbourTable.From(rows);
        _ = With(table, new NeighbourRow(5, [1], [1f]));

        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = With(table, new NeighbourRow(5, [1], [1f]));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 1, 15_000);
    }

    [Fact]
    public void A_row_whose_items_and_weights_differ_in_length_is_refused() =>
        Assert.Throws<ArgumentException>(() => NeighbourTable.From([new NeighbourRow(0, [1, 2], [1f])]));

    [Fact]
    public void Any_sequence_of_deltas_gives_what_a_dictionary_would()
    {
        var row = from number in Gen.Choose(0, 300)
                  from items in Gen.Choose(0, 50).ArrayOf()
                  select new NeighbourRow(number, items, items.Select(i => (float)i).ToArray());
        var deltas = row.ListOf().ListOf();

        Prop.ForAll(deltas.ToArbitrary(), versions =>
        {
            var table = NeighbourTable.Empty;
            var reference = new Dictionary<int, NeighbourRow>();
            foreach (var delta in versions)
            {
                table = With(table, [.. delta]);
                foreach (var change in delta)
                {
                    reference[change.Row] = change;
                }
            }

            return Enumerable.Range(0, 310).All(i =>
                table.Items(i).SequenceEqual(reference.TryGetValue(i, out var r) ? r.Items : [])
                && table.Weights(i).SequenceEqual(reference.TryGetValue(i, out var w) ? w.Weights : []));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_version_that_changes_nothing_is_the_table_itself()
    {
        var table = NeighbourTable.From([new NeighbourRow(3, [1, 2], [2f, 1f])]);

        Assert.Same(table, table.ToBuilder().ToTable());
        Assert.Equal(2, table.EntryCount);
    }

    private static NeighbourTable With(NeighbourTable table, params NeighbourRow[] rows)
    {
        var builder = table.ToBuilder();
        foreach (var row in rows)
        {
            builder.Set(row.Row, row.Items, row.Weights);
        }

        return builder.ToTable();
    }
}
