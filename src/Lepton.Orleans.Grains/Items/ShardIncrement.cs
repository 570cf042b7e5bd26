using Lepton.Orleans.Engine.Neighbours;

namespace Lepton.Orleans.Grains.Items;

/// <summary>
/// What a shard is to count, in 16 bytes that need no copy to be sent: two weights of a neighbour (below zero where they are
/// taken back), or that a user has found an item, or that one who had found it is gone.
/// </summary>
internal readonly struct ShardIncrement
{
    private const int NoNeighbour = -1;
    private const int Gone = -2;

    private readonly int _item;
    private readonly int _neighbour;

    // The bits of the two weights, or a time.
    private readonly long _content;

    private ShardIncrement(int item, int neighbour, long content) => (_item, _neighbour, _content) = (item, neighbour, content);

    /// <summary>The weights of a neighbour.</summary>
    public ShardIncrement(in PairIncrement pair)
        : this(pair.Row, pair.Item, ((long)BitConverter.SingleToInt32Bits(pair.Rule) << 32) | BitConverter.SingleToUInt32Bits(pair.Pair))
    {
    }

    /// <summary>That a user has found an item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="timeMs">When, in milliseconds since 1970.</param>
    public ShardIncrement(int item, long timeMs)
        : this(item, NoNeighbour, timeMs)
    {
    }

    /// <summary>That a user who had found an item is gone.</summary>
    /// <param name="item">The item.</param>
    /// <param name="timeMs">When it was found, in milliseconds since 1970.</param>
    public static ShardIncrement Loss(int item, long timeMs) => new(item, Gone, timeMs);

    /// <summary>The item whose row it is.</summary>
    public int Item => _item;

    /// <summary>The neighbour; negative where there is none.</summary>
    public int Neighbour => _neighbour;

    /// <summary>Whether this is no neighbour's but the item's own.</summary>
    public bool IsEvent => _neighbour == NoNeighbour;

    /// <summary>Whether it takes such an event back.</summary>
    public bool IsLoss => _neighbour == Gone;

    /// <summary>When the user found the item, in milliseconds since 1970.</summary>
    public long TimeMs => _content;

    /// <summary>The weights, for a row as the shard numbers it.</summary>
    public PairIncrement ForRow(int row) =>
        new(row, _neighbour, BitConverter.Int32BitsToSingle((int)(_content >> 32)), BitConverter.Int32BitsToSingle((int)_content));
}
