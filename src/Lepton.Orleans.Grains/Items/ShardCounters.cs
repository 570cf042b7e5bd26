using System.Buffers;
using Lepton.Orleans.Engine.LinearAlgebra;
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

    private const int Published = 100;
    private const byte Format = 3;

    // A row that grew by less than this part of itself waits for the sweep: a row is then shown in proportion to the
    // logarithm of its events, and not once a second because somebody likes what everybody likes.
    private const int MaterialPart = 8;
    private const int TicksPerSweep = 30;

    // What replicas take over is bounded whatever comes in: so many neighbours a tick (a few ms of a silo's time for all
    // shards together), and for a row as much as so many cost.
    private const int ShownPerTick = 40_000;
    private const int RowCost = 20;

    // So many increments ahead of the one being applied its neighbour's memory is asked for, and twice as many its row's.
    private const int Ahead = 12;

    private readonly Queue<int> _dirtyOrder = new();
    private readonly Queue<int> _fresh = new();
    private readonly Queue<int> _grown = new();
    private NeighbourCounters _neighbours = new();
    private DecayedCounter _popularity = new(trendingHalfLife);
    private RowState[] _rows = [];
    private bool[] _dirty = [];
    private int _rowCount;
    private int _swept;
    private int _showable = ShownPerTick;

    /// <summary>How long a piece is at the most.</summary>
    public static int MaxPieceBytes { get; } =
        1 + (2 * 10) + (PieceRows * 2 * sizeof(float)) + NeighbourCounters.HeaderBytes + (PieceRows * new NeighbourCounters().RowBytes);

    /// <summary>Raised by every change; what replicas ask for is what changed after a version.</summary>
    public long Version { get; private set; }

    /// <summary>How many pieces there are.</summary>
    public int Pieces => (_rowCount + PieceRows - 1) / PieceRows;

    /// <summary>How many pieces differ from what <see cref="Write"/> gave last.</summary>
    public int DirtyPieces => _dirtyOrder.Count;

    /// <summary>Counts what a silo sent.</summary>
    public void Apply(ReadOnlySpan<ShardIncrement> increments, DateTime now)
    {
        Version++;
        for (var i = 0; i < increments.Length;)
        {
            // An event's increments of its own item's row stand together.
            var item = increments[i].Item;
            var row = RowOf(item);
            var first = i;
            for (; i < increments.Length && increments[i].Item == item; i++)
            {
                PrefetchAfter(increments[i..]);
                ref readonly var increment = ref increments[i];
                if (increment.IsEvent)
                {
                    Find(row, increment.TimeMs, now);
                }
                else if (increment.IsLoss)
                {
                    Lose(row, increment.TimeMs, now);
                }
                else
                {
                    Count(increment.ForRow(row));
                }
            }

            Touch(row, i - first);
        }

        ShowDue();
    }

    /// <summary>Sets rows to what a build has counted exactly.</summary>
    public void Set(ShardRows rows)
    {
        for (var i = 0; i < rows.Rows.Length; i++)
        {
            var row = RowOf(rows.Rows[i]);
            Set(
                new NeighbourRow(row, rows.Items[rows.Rules(i)], rows.Weights[rows.Rules(i)]),
                rows.RuleTotals[i],
                new NeighbourRow(row, rows.Items[rows.Pairs(i)], rows.Weights[rows.Pairs(i)]),
                rows.Counts[i]);
            _popularity.Add(row, rows.Trending[i], rows.TrendingAsOf);
        }
    }

    /// <summary>Sets all rows to what a build has counted exactly.</summary>
    public void Set(ShardCounts counts)
    {
        _popularity = DecayedCounter.Read(counts.Popularity);
        for (var i = 0; i < counts.Rows.Length; i++)
        {
            var row = RowOf(counts.Rows[i]);
            Set(
                new NeighbourRow(row, counts.RuleItems[i], counts.RuleWeights[i]),
                counts.RuleTotals[i],
                new NeighbourRow(row, counts.PairItems[i], counts.PairWeights[i]),
                counts.Counts[i]);
        }
    }

    /// <summary>Takes the rows of others over, in place of all its own; they are of no use to anybody else then.</summary>
    public void Replace(ShardCounters others)
    {
        (_neighbours, _popularity) = (others._neighbours, others._popularity);
        Version++;
        for (var (row, known) = (0, _rowCount); row < Math.Max(known, others._rowCount); row++)
        {
            if (row < known || others.IsFilled(row))
            {
                Change(row);
                _rows[row].Count = row < others._rowCount ? others._rows[row].Count : 0;
                _rows[row].Weigh(_neighbours.RuleTotal(row));
            }
        }
    }

    /// <summary>Empties a deleted item's row.</summary>
    public void Remove(int item)
    {
        var row = RowOf(item);
        _neighbours.Remove(row);
        _popularity.Remove(row);
        Version++;
        Change(row);
        _rows[row].Count = 0;
    }

    /// <summary>
    /// To be called regularly: lets replicas see a further number of rows. Rows that they do not know yet come first, then
    /// those that have grown, in the order in which they did; within thirty calls, or when their turn comes, all others
    /// that have changed.
    /// </summary>
    public void Tick()
    {
        Version++;
        _showable = ShownPerTick;
        for (var left = (_rowCount + TicksPerSweep - 1) / TicksPerSweep; left > 0; left--)
        {
            _swept = _swept < _rowCount ? _swept : 0;
            ref var state = ref _rows[_swept];
            if (state.Touches != state.Shown && !state.IsDue)
            {
                state.IsDue = true;
                _grown.Enqueue(_swept);
            }

            _swept++;
        }

        ShowDue();
    }

    /// <summary>The rows shown after a version, in the order of rows, up to <paramref name="count"/> at a time.</summary>
    /// <param name="epoch">Names this counting of versions.</param>
    /// <param name="after">The version the caller has; -1 for all rows.</param>
    /// <param name="from">The row to begin with: 0, then <see cref="ShardRows.Next"/> of the page before.</param>
    /// <param name="count">The most rows.</param>
    /// <param name="now">The time that popularity is decayed to.</param>
    public ShardRows RowsAfter(Guid epoch, long after, int from, int count, DateTime now)
    {
        var rows = new List<int>();
        var ends = new List<(int Rules, int All)>();
        var items = ArrayPool<int>.Shared.Rent(ShardRows.MaxLength);
        var weights = ArrayPool<float>.Shared.Rent(ShardRows.MaxLength);
        var (next, length) = (from, 0);
        for (; next < _rowCount && after != Version && rows.Count < count && length + (2 * Published) <= ShardRows.MaxLength; next++)
        {
            if (_rows[next].ChangedAt > Math.Max(after, 0))
            {
                var rules = length + _neighbours.TopRules(next, items.AsSpan(length, Published), weights.AsSpan(length, Published));
                length = rules + _neighbours.TopPairs(next, items.AsSpan(rules, Published), weights.AsSpan(rules, Published));
                rows.Add(next);
                ends.Add((rules, length));
            }
        }

        var page = new ShardRows
        {
            Epoch = epoch,
            Version = Version,
            Next = next < _rowCount && after != Version ? next : -1,
            Rows = [.. rows.Select(ItemOf)],
            Ends = [.. ends],
            Items = items.AsSpan(0, length).ToArray(),
            Weights = weights.AsSpan(0, length).ToArray(),
            RuleTotals = [.. rows.Select(_neighbours.RuleTotal)],
            Counts = [.. rows.Select(r => _rows[r].Count)],
            Trending = [.. rows.Select(r => _popularity.At(r, now))],
            TrendingAsOf = now,
        };
        ArrayPool<int>.Shared.Return(items);
        ArrayPool<float>.Shared.Return(weights);
        return page;
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

    /// <summary>Writes the bytes of a piece, <see cref="MaxPieceBytes"/> at the most.</summary>
    public void Write(int piece, DateTime now, ArrayBufferWriter<byte> output)
    {
        var first = piece * PieceRows;
        output.WriteByte(Format);
        output.WriteNumber(now.Ticks);
        var rows = Math.Min(PieceRows, _rowCount - first);
        output.WriteNumber(rows);
        for (var row = first; row < first + rows; row++)
        {
            output.WriteSingle(_rows[row].Count);
            output.WriteSingle(_popularity.At(row, now));
        }

        _neighbours.Write(output, first, PieceRows);
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

        var asOf = new DateTime(input.ReadNumber(), DateTimeKind.Utc);
        Version++;
        var rows = Math.Min(input.ReadCount(), PieceRows);
        for (var row = first; row < first + rows; row++)
        {
            Grow(row);
            _rows[row].Count = input.ReadSingle();
            if (input.ReadSingle() is > 0 and var popularity)
            {
                _popularity.Add(row, popularity, asOf);
            }
        }

        _neighbours.Read(input.ReadRest(), first, PieceRows);
        for (var row = first; row < first + rows; row++)
        {
            _rows[row].Weigh(_neighbours.RuleTotal(row));
            if (IsFilled(row))
            {
                _rows[row].Show(Version);
            }
        }
    }

    /// <summary>Puts a piece in place of what is there, any number of times.</summary>
    /// <exception cref="InvalidDataException">The bytes are not those of this release.</exception>
    public void Restore(int piece, ReadOnlySpan<byte> bytes)
    {
        for (var row = piece * PieceRows; row < Math.Min(_rowCount, (piece + 1) * PieceRows); row++)
        {
            _neighbours.Remove(row);
            _popularity.Remove(row);
        }

        Read(piece, bytes);
        MarkDirty(piece);
    }

    private static int RowOf(int item) => item / IItemShardGrain.Shards;

    private int ItemOf(int row) => (row * IItemShardGrain.Shards) + shard;

    private bool IsFilled(int row) => _rows[row].Count > 0 || _neighbours.RuleTotal(row) > 0 || _neighbours.Count(row) > 0;

    private void Set(NeighbourRow rules, float ruleTotal, NeighbourRow pairs, float count)
    {
        _neighbours.Replace(rules, ruleTotal, pairs);
        Grow(rules.Row);
        _rows[rules.Row].Count = count;
    }

    // Rows lie scattered over more memory than any cache holds: waiting for one after the other would cost twice all of the rest.
    private void PrefetchAfter(ReadOnlySpan<ShardIncrement> increments)
    {
        if (increments.Length > Ahead)
        {
            _neighbours.PrefetchNeighbour(RowOf(increments[Ahead].Item), increments[Ahead].Neighbour);
        }

        if (increments.Length > 2 * Ahead && RowOf(increments[2 * Ahead].Item) is var row && row < _rowCount)
        {
            _neighbours.PrefetchRow(row);
            Prefetch.Run(new ReadOnlySpan<RowState>(in _rows[row]));
        }
    }

    private void Find(int row, long timeMs, DateTime now)
    {
        // A time ahead of the clock would count for more than any that is to come before it.
        var time = DateTime.UnixEpoch.AddMilliseconds(timeMs);
        _popularity.Add(row, 1, time < now ? time : now);
        Grow(row);
        _rows[row].Count++;
    }

    private void Lose(int row, long timeMs, DateTime now)
    {
        var time = DateTime.UnixEpoch.AddMilliseconds(timeMs);
        _popularity.Add(row, -1, time < now ? time : now);
        if (_popularity.At(row, now) <= 0)
        {
            // Not below zero: what comes next would have to make up for it.
            _popularity.Remove(row);
        }

        Grow(row);
        _rows[row].Count = Math.Max(0, _rows[row].Count - 1);
    }

    private void Count(in PairIncrement pair)
    {
        if (pair is { Rule: >= 0, Pair: >= 0 })
        {
            _neighbours.Add(pair);
        }
        else
        {
            _neighbours.TakeBack(pair with { Rule = -pair.Rule, Pair = -pair.Pair });
        }
    }

    private void Touch(int row, int times)
    {
        Grow(row);
        MarkDirty(row / PieceRows);
        ref var state = ref _rows[row];
        state.Touches += times;
        if (!state.IsDue && (state.Touches - state.Shown) * MaterialPart >= state.Shown)
        {
            state.IsDue = true;
            (state.Shown == 0 ? _fresh : _grown).Enqueue(row);
        }
    }

    private void ShowDue()
    {
        while (_showable > 0 && (_fresh.TryDequeue(out var row) || _grown.TryDequeue(out row)))
        {
            ref var state = ref _rows[row];
            if (state.Touches != state.Shown)
            {
                _showable -= RowCost + Math.Min(2 * Published, 2 * _neighbours.Count(row));
                state.Show(Version);
            }

            state.IsDue = false;
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

    private struct RowState
    {
        public float Count;
        public bool IsDue;
        public long Touches;
        public long Shown;
        public long ChangedAt;

        public void Show(long version) => (Shown, ChangedAt) = (Touches, version);

        // What was counted elsewhere weighs as much as if it had been counted here, about.
        public void Weigh(float total) => Touches = Shown = (long)(Count + total);
    }
}
