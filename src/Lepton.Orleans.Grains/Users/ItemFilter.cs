namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// Some items, few against a long history: says of nearly every event that it concerns none of them, in less time than a
/// dictionary takes.
/// </summary>
/// <param name="words">Where it is kept: <see cref="Words"/>, all zero.</param>
internal readonly ref struct ItemFilter(Span<ulong> words)
{
    /// <summary>How many words it takes.</summary>
    public const int Words = 64;

    private readonly Span<ulong> _words = words;

    /// <summary>Adds an item.</summary>
    public void Add(int item)
    {
        var (word, bit) = PlaceOf(item);
        _words[word] |= bit;
    }

    /// <summary>False: an item was not added.</summary>
    public bool MayHold(int item)
    {
        var (word, bit) = PlaceOf(item);
        return (_words[word] & bit) != 0;
    }

    // Fibonacci hashing: numbers of items are dense, and their products are not.
    private static (int Word, ulong Bit) PlaceOf(int item)
    {
        var hash = (ulong)item * 0x9E3779B97F4A7C15UL;
        return ((int)(hash >> 58), 1UL << (int)((hash >> 52) & 63));
    }
}
