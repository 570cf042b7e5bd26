using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Replication;

namespace Lepton.Orleans.Grains.Tests.Replication;

public sealed class ListedItemsTests
{
    private static readonly string[] Categories = ["a", "b", "c"];

    [Fact]
    public void Bits_are_those_of_the_catalogue_after_every_change()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var listed = new ListedItems();
            var entries = new CatalogEntry?[300];
            for (var change = 0; change < 200; change++)
            {
                var number = random.Next(entries.Length);
                var before = entries[number];
                entries[number] = new CatalogEntry
                {
                    Number = number,
                    ItemId = $"i{number}",
                    IsHidden = random.Next(4) == 0,
                    IsDeleted = random.Next(8) == 0,
                    Categories = [.. Categories.Where(_ => random.Next(2) == 0)],
                };
                listed.Set(before, entries[number]!);

                // Some categories are asked for early, some late, so that bits are made and changed.
                Assert.Equal(Numbers(entries, _ => true), Numbers(listed.All));
                var asked = Categories[random.Next(1 + (change / 70))];
                Assert.Equal(Numbers(entries, entry => entry.Categories.Contains(asked)), Numbers(listed.Of(asked, ref entries)));
            }
        }
    }

    [Fact]
    public void A_category_that_no_item_has_is_empty_until_one_has_it()
    {
        var listed = new ListedItems();
        CatalogEntry?[] entries = [null, new CatalogEntry { Number = 1, ItemId = "i1" }];
        listed.Set(null, entries[1]!);
        Assert.Empty(Numbers(listed.Of("new", ref entries)));

        var renamed = entries[1]! with { Categories = ["new"] };
        listed.Set(entries[1], renamed);
        entries[1] = renamed;

        Assert.Equal([1], Numbers(listed.Of("new", ref entries)));
    }

    private static int[] Numbers(CatalogEntry?[] entries, Func<CatalogEntry, bool> isWanted) =>
        [.. entries.Where(entry => entry is { IsListed: true } && isWanted(entry)).Select(entry => entry!.Number)];

    private static int[] Numbers(ReadOnlySpan<ulong> bits)
    {
        var numbers = new List<int>();
        for (var number = 0; number < bits.Length * 64; number++)
        {
            if ((bits[number >> 6] >> (number & 63) & 1) != 0)
            {
                numbers.Add(number);
            }
        }

        return [.. numbers];
    }
}
