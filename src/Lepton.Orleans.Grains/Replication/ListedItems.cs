using System.Collections.Concurrent;
using Lepton.Orleans.Grains.Catalog;

namespace Lepton.Orleans.Grains.Replication;

/// <summary>
/// The numbers of the items that lists may hold, a bit each, all and by category. They change with every entry that comes, so
/// that a request never has to go through the catalogue; a category's bits are made when it is first asked for.
/// </summary>
/// <remarks>Changes come from one caller at a time; reads take no lock and see a bit as it was or as it is.</remarks>
internal sealed class ListedItems
{
    private readonly ConcurrentDictionary<string, ulong[]> _asked = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private ulong[] _all = [];

    /// <summary>All that may be listed.</summary>
    public ReadOnlySpan<ulong> All => Volatile.Read(ref _all);

    /// <summary>Those of a category; empty for one that no item ever had.</summary>
    /// <param name="category">The category.</param>
    /// <param name="entries">Where the catalogue is, by number; it holds at least what <see cref="Set"/> was told.</param>
    public ReadOnlySpan<ulong> Of(string category, ref CatalogEntry?[] entries)
    {
        if (_asked.TryGetValue(category, out var bits))
        {
            return bits;
        }

        lock (_gate)
        {
            if (!_known.Contains(category))
            {
                return [];
            }

            bits = [];
            foreach (var entry in Volatile.Read(ref entries))
            {
                if (entry is { IsListed: true } && entry.Categories.Contains(category))
                {
                    bits = With(bits, entry.Number, isSet: true);
                }
            }

            return _asked[category] = bits;
        }
    }

    /// <summary>Takes in an entry.</summary>
    /// <param name="before">What was known of its number.</param>
    /// <param name="entry">What is known now.</param>
    public void Set(CatalogEntry? before, CatalogEntry entry)
    {
        lock (_gate)
        {
            Volatile.Write(ref _all, With(_all, entry.Number, entry.IsListed));
            foreach (var category in before?.Categories.Except(entry.Categories) ?? [])
            {
                Put(category, entry.Number, isSet: false);
            }

            foreach (var category in entry.Categories)
            {
                _known.Add(category);
                Put(category, entry.Number, entry.IsListed);
            }
        }
    }

    private void Put(string category, int number, bool isSet)
    {
        if (_asked.TryGetValue(category, out var bits))
        {
            _asked[category] = With(bits, number, isSet);
        }
    }

    // The same array, or a longer one.
    private static ulong[] With(ulong[] bits, int number, bool isSet)
    {
        var word = number >> 6;
        if (word >= bits.Length)
        {
            if (!isSet)
            {
                return bits;
            }

            Array.Resize(ref bits, Math.Max(word + 1, 2 * bits.Length));
        }

        var bit = 1UL << (number & 63);
        Volatile.Write(ref bits[word], isSet ? bits[word] | bit : bits[word] & ~bit);
        return bits;
    }
}
