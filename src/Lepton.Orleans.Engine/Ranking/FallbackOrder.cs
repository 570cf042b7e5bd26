using Lepton.Orleans.Engine.Selection;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// The order of items for whom nothing is known: trending ones, then popular ones, then the newest. The head is
/// selected when it is first needed; the whole catalogue is only sorted for a list that uses the head up.
/// </summary>
internal sealed class FallbackOrder(int itemCount, float[] trending, float[] counts)
{
    private const int HeadLength = 4096;
    private readonly Lock _gate = new();
    private int[]? _head;
    private int[]? _all;

    /// <summary>The best items, at most 4,096.</summary>
    public int[] Head => Volatile.Read(ref _head) ?? Compute(ref _head, Math.Min(HeadLength, itemCount));

    /// <summary>All items.</summary>
    public int[] All => Volatile.Read(ref _all) ?? Compute(ref _all, itemCount);

    /// <summary>Whether the head is not all there is.</summary>
    public bool HasMore => itemCount > HeadLength;

    private int[] Compute(ref int[]? field, int wanted)
    {
        lock (_gate)
        {
            if (field is { } known)
            {
                return known;
            }

            var keys = wanted < itemCount ? Select(wanted) : Sort();
            var order = new int[keys.Length];
            for (var i = 0; i < order.Length; i++)
            {
                order[i] = (int)(uint)keys[i];
            }

            Volatile.Write(ref field, order);
            return order;
        }
    }

    private Span<ulong> Select(int wanted)
    {
        var buffer = new TopBuffer(new ulong[TopBuffer.SpaceFor(wanted)], wanted);
        for (var item = 0; item < itemCount; item++)
        {
            buffer.Push(Key(item));
        }

        return buffer.Descending();
    }

    private Span<ulong> Sort()
    {
        var keys = new ulong[itemCount];
        for (var item = 0; item < itemCount; item++)
        {
            keys[item] = Key(item);
        }

        keys.AsSpan().Sort();
        Array.Reverse(keys);
        return keys;
    }

    // Two bits of class, 30 of the positive score (whose float bits are ordered as integers are), 32 of the number: equal scores by newest first.
    private ulong Key(int item)
    {
        var trend = item < trending.Length ? trending[item] : 0f;
        var count = item < counts.Length ? counts[item] : 0f;
        var (rank, score) = trend > 0f ? (3UL, trend) : count > 0f ? (2UL, count) : (1UL, 0f);
        return (rank << 62) | ((ulong)(BitConverter.SingleToUInt32Bits(score) >> 1) << 32) | (uint)item;
    }
}
