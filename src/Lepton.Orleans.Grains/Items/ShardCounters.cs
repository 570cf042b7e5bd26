using System.Buffers;
using System.Buffers.Binary;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Popularity;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Items;

/// <summary>
/// What an item shard counts. Rows stand at the item's place in the shard, its number / <see cref="IItemShardGrain.Shards"/>,
/// and are written to the store in pieces of <see cref="PieceRows"/>. Not thread-safe.
/// </summary>
internal sealed class ShardCounters(int shard, TimeSpan trendingHalfLife)
{
    /// <summary>How many rows a piece holds: full ones stay off the large object heap.</summary>
    public const int PieceRows = 16;

    private const int Capacity = 200;
    private const int Published = 100;
    private const byte Format = 2;

    // A row that grew by less than this part of itself is shown to replicas with the next ShowAll: a row is then shown in
    // proportion to the logarithm of its events, and not once a second because somebody likes what everybody likes.
    private const int MaterialPart = 8;

    private readonly Queue<int> _dirtyOrder = new();
    private BoundedCounters _rules = new(Capacity);
    private BoundedCounters _pairs = new(Capacity);
    private DecayedCounter _popularity = new(trendingHalfLife);
    private RowState[] _rows = [];
    private bool[] _dirty = [];
    private int _rowCount;

    /// <summary>Raised by every change; what replicas ask for is what changed after a version.</summary>
    public long Version { get; private set; }

    /// <summary>How many pieces there are.</summary>
    public int Pieces => (_rowCount + PieceRows - 1) / PieceRows;

    /// <summary>How many pieces differ from what <see cref="Write"/> gave last.</summary>
    public int DirtyPieces => _dirtyOrder.Count;

    /// <summary>Counts what a silo sent.</summary>
    public void Apply(ShardDelta delta, DateTime now)
    {
        Version++;
        for (var i = 0; i < delta.RuleRows.Length; i++)
        {
            var row = RowOf(delta.RuleRows[i]);
            _rules.Add(row, delta.RuleItems[i], delta.RuleWeights[i]);
            Touch(row);
        }

        for (var i = 0; i < delta.PairRows.Length; i++)
        {
            var row = RowOf(delta.PairRows[i]);
            _pairs.Add(row, delta.PairItems[i], delta.PairWeights[i]);
            Touch(row);
        }

        for (var i = 0; i < delta.Events.Length; i++)
        {
            var row = RowOf(delta.Events[i]);

            // A time ahead of the clock would count for more than any that is to come before it.
            var time = DateTime.UnixEpoch.AddMilliseconds(delta.EventTimes[i]);
            _popularity.Add(row, 1, time < now ? time : now);
            Touch(row);
            _rows[row].Count++;
        }
    }

    /// <summary>Replaces all rows by exactly counted ones.</summary>
    public void Replace(ShardCounts counts)
    {
        (_rules, _pairs) = (new BoundedCounters(Capacity), new BoundedCounters(Capacity));
        _popularity = DecayedCounter.Read(counts.Popularity);
        Version++;
        for (var row = 0; row < _rowCount; row++)
        {
            Change(row);
            _rows[row].Count = 0;
        }

        for (var i = 0; i < counts.Rows.Length; i++)
        {
            var row = RowOf(counts.Rows[i]);
            _rules.Replace(new NeighbourRow(row, counts.RuleItems[i], counts.RuleWeights[i]), counts.RuleTotals[i]);
            _pairs.Replace(new NeighbourRow(row, counts.PairItems[i], counts.PairWeights[i]), 0);
            Change(row);
            _rows[row].Count = counts.Counts[i];
            _rows[row].Weigh(_rules.Total(row));
        }
    }

    /// <summary>Empties a deleted item's row.</summary>
    public void Remove(int item)
    {
        var row = RowOf(item);
        _rules.Remove(row);
        _pairs.Remove(row);
        _popularity.Remove(row);
        Version++;
        Change(row);
        _rows[row].Count = 0;
    }

    /// <summary>Shows replicas every change that was too small to be shown at once.</summary>
    public void ShowAll()
    {
        Version++;
        foreach (ref var row in _rows.AsSpan(0, _rowCount))
        {
            if (row.Touches != row.Shown)
            {
                row.Show(Version);
            }
        }
    }

    /// <summary>The rows shown after a version, in the order of rows, up to <paramref name="count"/> at a time.</summary>
    /// <param name="epoch">Names this counting of versions.</param>
    /// <param name="after">The version the caller has; -1 for all rows.</param>
    /// <param name="from">The row to begin with: 0, then <see cref="ShardRows.Next"/> of the page before.</param>
    /// <param name="count">The most rows.</param>
    /// <param name="now">The time that popularity is decayed to.</param>
    public ShardRows RowsAfter(Guid epoch, long after, int from, int count, DateTime now)
    {
        var changed = new List<int>();
        var next = from;
        for (; next < _rowCount && after != Version && changed.Count < count; next++)
        {
            if (_rows[next].ChangedAt > Math.Max(after, 0))
            {
                changed.Add(next);
            }
        }

        var rows = changed.ToArray();
        var rules = Array.ConvertAll(rows, r => _rules.Top(r, Published));
        var pairs = Array.ConvertAll(rows, r => _pairs.Top(r, Published));
        return new ShardRows
        {
            Epoch = epoch,
            Version = Version,
            Next = rows.Length == count && next < _rowCount ? next : -1,
            Rows = Array.ConvertAll(rows, ItemOf),
            RuleItems = Array.ConvertAll(rules, r => r.Items),
            RuleWeights = Array.ConvertAll(rules, r => r.Weights),
            RuleTotals = Array.ConvertAll(rows, _rules.Total),
            PairItems = Array.ConvertAll(pairs, r => r.Items),
            PairWeights = Array.ConvertAll(pairs, r => r.Weights),
            Counts = Array.ConvertAll(rows, r => _rows[r].Count),
            Trending = Array.ConvertAll(rows, r => _popularity.At(r, now)),
            TrendingAsOf = now,
        };
    }

    /// <summary>Takes the piece that has waited longest out of the dirty ones.</summary>
    /// <returns>False: none is dirty.</returns>
    public bool TryTakeDirty(out int piece)
    {
        if (!_dirtyOrder.TryDequeue(out piece))
        {
            return false;
        }

        _dirty[piece] = false;
        return true;
    }

    /// <summary>Says that a piece differs from what the store holds.</summary>
    public void MarkDirty(int piece)
    {
        if (piece >= _dirty.Length)
        {
            Array.Resize(ref _dirty, Math.Max(piece + 1, 2 * _dirty.Length));
        }

        if (!_dirty[piece])
        {
            _dirty[piece] = true;
            _dirtyOrder.Enqueue(piece);
        }
    }

    /// <summary>The bytes of a piece.</summary>
    public ReadOnlyMemory<byte> Write(int piece, DateTime now)
    {
        var first = piece * PieceRows;
        var output = new ArrayBufferWriter<byte>();
        output.WriteByte(Format);
        WriteSection(output, section => _rules.Write(section, first, PieceRows));
        WriteSection(output, section => _pairs.Write(section, first, PieceRows));
        output.WriteNumber(now.Ticks);
        var rows = Math.Min(PieceRows, _rowCount - first);
        output.WriteNumber(rows);
        for (var row = first; row < first + rows; row++)
        {
            output.WriteSingle(_rows[row].Count);
            output.WriteSingle(_popularity.At(row, now));
        }

        return output.WrittenMemory;
    }

    /// <summary>Puts a piece that <see cref="Write"/> gave in place.</summary>
    /// <exception cref="InvalidDataException">The bytes are not those of this release.</exception>
    public void Read(int piece, ReadOnlySpan<byte> bytes)
    {
        var first = piece * PieceRows;
        var input = new StateReader(bytes);
        if (input.ReadByte() is var format && format != Format)
        {
            throw new InvalidDataException($"A piece of an item shard has format {format}; this release reads format {Format}.");
        }

        _rules.Read(input.ReadSection(), first, PieceRows);
        _pairs.Read(input.ReadSection(), first, PieceRows);
        var asOf = new DateTime(input.ReadNumber(), DateTimeKind.Utc);
        Version++;
        var rows = Math.Min(input.ReadCount(), PieceRows);
        for (var row = first; row < first + rows; row++)
        {
            Grow(row);
            _rows[row].Count = input.ReadSingle();
            _rows[row].Weigh(_rules.Total(row));
            if (_rows[row].Count > 0 || _rules.Total(row) > 0 || _pairs.Top(row, 1).Items.Length > 0)
            {
                _rows[row].Show(Version);
            }

            if (input.ReadSingle() is > 0 and var popularity)
            {
                _popularity.Add(row, popularity, asOf);
            }
        }
    }

    private static int RowOf(int item) => item / IItemShardGrain.Shards;

    private int ItemOf(int row) => (row * IItemShardGrain.Shards) + shard;

    private void Touch(int row)
    {
        Grow(row);
        MarkDirty(row / PieceRows);
        ref var state = ref _rows[row];
        state.Touches++;
        if ((state.Touches - state.Shown) * MaterialPart >= state.Shown)
        {
            state.Show(Version);
        }
    }

    private void Change(int row)
    {
        Grow(row);
        MarkDirty(row / PieceRows);
        _rows[row].Show(Version);
    }

    private void Grow(int row)
    {
        if (row >= _rowCount)
        {
            if (row >= _rows.Length)
            {
                Array.Resize(ref _rows, Math.Max(row + 1, _rows.Length + (_rows.Length / 2)));
            }

            _rowCount = row + 1;
        }
    }

    private static void WriteSection(ArrayBufferWriter<byte> output, Action<IBufferWriter<byte>> write)
    {
        var section = new ArrayBufferWriter<byte>();
        write(section);
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(4), section.WrittenCount);
        output.Advance(4);
        output.Write(section.WrittenSpan);
    }

    private struct RowState
    {
        public float Count;
        public long Touches;
        public long Shown;
        public long ChangedAt;

        public void Show(long version) => (Shown, ChangedAt) = (Touches, version);

        // What was counted elsewhere weighs as much as if it had been counted here, about.
        public void Weigh(float total) => Touches = Shown = (long)(Count + total);
    }
}
