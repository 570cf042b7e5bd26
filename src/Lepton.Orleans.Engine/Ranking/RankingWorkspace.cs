using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Engine.Selection;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// Scratch memory of one ranking at a time: a dense accumulator over the catalogue, in lines of sixteen items each of which
/// knows whether it was touched, so that it is read and clean again in the time that the ranking took and not in the time
/// that the catalogue is large. Grows with the models it meets; allocates nothing once it fits. Not thread-safe: rent one
/// per ranking.
/// </summary>
public sealed class RankingWorkspace
{
    /// <summary>A line is 16 sums: one of the cache, and one vector.</summary>
    internal const int LineShift = 4;

    // A parked workspace weighs 12 bytes an item; more than a few per core are never in use at once.
    private static readonly RankingWorkspace?[] Pool = new RankingWorkspace?[2 * Environment.ProcessorCount];

    // By item: 0 where nothing was summed, not a number where the item is barred, which no sum ever changes.
    internal float[] Sums = [];
    internal byte[] Lines = [];
    internal readonly float[] Bins = new float[Spread.Bins];
    internal Ballot[] Ballots = [];

    // The user as the embedding reads it, in whole numbers of a scale.
    internal float UserScale;
    private float[] _user = [];
    private int[] _userCode = [];
    private int _userCodeLength;

    // By item, and by line the greatest: what the recurrent model says. Of a large catalogue the logits of what was looked at.
    internal float[] Shares = [];
    internal float[] LineShares = [];
    private float[] _centres = [];
    private ulong[] _promoted = [];
    internal float ReferenceLogit;
    internal float CodeScale;
    private float[] _recurrentUser = [];
    private int[] _recurrentCode = [];
    private int _recurrentCodeLength;
    private UserScratch? _users;
    internal ulong[] Keys = [];

    // The candidates side by side, with room for a line more than there are items.
    internal int[] Items = [];
    internal float[] Scores = [];

    /// <summary>A workspace from the pool, or a new one. Give it back with <see cref="Return"/>.</summary>
    public static RankingWorkspace Rent()
    {
        // Where a core looks first is what it gave back last: that is still in its cache.
        var first = Thread.GetCurrentProcessorId();
        for (var i = 0; i < Pool.Length; i++)
        {
            ref var place = ref Pool[(uint)(first + i) % (uint)Pool.Length];
            if (place is not null && Interlocked.Exchange(ref place, null) is { } workspace)
            {
                return workspace;
            }
        }

        return new RankingWorkspace();
    }

    /// <summary>Gives a workspace back to the pool.</summary>
    public static void Return(RankingWorkspace workspace)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        var first = Thread.GetCurrentProcessorId();
        for (var i = 0; i < Pool.Length; i++)
        {
            ref var place = ref Pool[(uint)(first + i) % (uint)Pool.Length];
            if (place is null && Interlocked.CompareExchange(ref place, workspace, null) is null)
            {
                return;
            }
        }
    }

    /// <summary>How many lines hold a catalogue.</summary>
    internal static int LinesOf(int itemCount) => (itemCount + (1 << LineShift) - 1) >> LineShift;

    /// <summary>Makes room; the accumulator is zero before and after.</summary>
    internal void Begin(int itemCount, int results)
    {
        var lines = LinesOf(itemCount);
        if (Lines.Length < lines)
        {
            // Headroom, so that a growing catalogue does not mean a new array per item.
            var capacity = (lines + lines / 8 + 63) & ~63;
            Lines = new byte[capacity];
            Sums = new float[capacity << LineShift];
            Items = new int[(capacity + 1) << LineShift];
            Scores = new float[(capacity + 1) << LineShift];
            Shares = [];
        }

        _ = KeySpace(TopBuffer.SpaceFor(results));
    }

    /// <summary>Whether an item of the model must not be returned.</summary>
    internal bool IsBarred(int item) => float.IsNaN(Sums[item]);

    /// <summary>Whether an item of the model was voted for and may be returned.</summary>
    internal bool IsCandidate(int item) => Sums[item] is not (0f or float.NaN);

    /// <summary>Bars items from being returned; what votes for them is lost.</summary>
    internal void Exclude(ReadOnlySpan<int> excluded, int itemCount)
    {
        foreach (var item in excluded)
        {
            if ((uint)item < (uint)itemCount)
            {
                Bar(item);
            }
        }
    }

    /// <summary>Bars items that a list holds already.</summary>
    internal void Exclude(ReadOnlySpan<RankedItem> listed)
    {
        foreach (var place in listed)
        {
            Bar(place.Item);
        }
    }

    /// <summary>Which of 64 lines were touched, a bit a line, from a multiple of 64 on; none beyond the last.</summary>
    internal ulong Touched(int firstLine) => firstLine < Lines.Length
        ? ~Vector512.Equals(Vector512.LoadUnsafe(ref Lines[firstLine]), Vector512<byte>.Zero).ExtractMostSignificantBits()
        : 0;

    /// <summary>Which of 64 lines were touched; the marks are removed.</summary>
    internal ulong TakeTouched(int firstLine)
    {
        var touched = Touched(firstLine);
        Vector512<byte>.Zero.StoreUnsafe(ref Lines[firstLine]);
        return touched;
    }

    /// <summary>The sums of a line, which is zero again afterwards.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector512<float> TakeLine(int line)
    {
        ref var sums = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(Sums), line << LineShift);
        var taken = Vector512.LoadUnsafe(ref sums);
        Vector512<float>.Zero.StoreUnsafe(ref sums);
        return taken;
    }

    /// <summary>Cleans what was touched.</summary>
    internal void Clear()
    {
        for (var first = 0; first < Lines.Length; first += 64)
        {
            for (var touched = TakeTouched(first); touched != 0; touched &= touched - 1)
            {
                _ = TakeLine(first + BitOperations.TrailingZeroCount(touched));
            }
        }
    }

    private void Bar(int item)
    {
        Sums[item] = float.NaN;
        Lines[item >> LineShift] = 1;
    }

    internal Span<Ballot> BallotSpace(int rows)
    {
        if (Ballots.Length < rows)
        {
            Ballots = new Ballot[rows + rows / 2];
        }

        return Ballots.AsSpan(0, rows);
    }

    /// <summary>Room for a user's vector, and for its code.</summary>
    internal Span<float> UserVector(int rank)
    {
        if (_user.Length < rank)
        {
            _user = new float[rank];
            _userCode = new int[(rank + 1) / 2];
        }

        _userCodeLength = (rank + 1) / 2;
        return _user.AsSpan(0, rank);
    }

    /// <summary>The user as the embedding reads it, in whole numbers of <see cref="UserScale"/>.</summary>
    internal Span<int> UserCode => _userCode.AsSpan(0, _userCodeLength);

    /// <summary>The user as the recurrent model reads it, in whole numbers of <see cref="CodeScale"/>.</summary>
    internal ReadOnlySpan<int> Code => _recurrentCode.AsSpan(0, _recurrentCodeLength);

    /// <summary>Room for a user's running states, vector and code, and for a share an item.</summary>
    internal RecurrentScratch RecurrentSpace(int states, int dimensions)
    {
        if (Shares.Length < Sums.Length)
        {
            Shares = new float[Sums.Length];
            LineShares = new float[Lines.Length];
        }

        if (_recurrentUser.Length < (states + 1) * dimensions)
        {
            _recurrentUser = new float[(states + 1) * dimensions];
            _recurrentCode = new int[dimensions];
        }

        _recurrentCodeLength = dimensions / 2;
        return new RecurrentScratch(
            _recurrentUser.AsSpan(0, states * dimensions),
            _recurrentUser.AsSpan(states * dimensions, dimensions),
            _recurrentCode.AsSpan(0, dimensions / 2));
    }

    /// <summary>Room for a score a cluster, and a block more.</summary>
    internal Span<float> CentreSpace(int clusters)
    {
        if (_centres.Length < clusters + VectorBlocks.Size)
        {
            _centres = new float[clusters + VectorBlocks.Size];
        }

        return _centres;
    }

    /// <summary>Whether an item's sum has its share of the recurrent model.</summary>
    internal bool IsPromoted(int item) => (_promoted[item >> 6] >> (item & 63) & 1) != 0;

    /// <summary>Adds the recurrent model's share to an item's sum, which makes it a candidate unless it is barred.</summary>
    internal void Promote(int item, float share)
    {
        Sums[item] += share;
        Lines[item >> LineShift] = 1;
        _promoted[item >> 6] |= 1UL << (item & 63);
    }

    /// <summary>No item is promoted.</summary>
    internal void ClearPromoted()
    {
        var words = (Sums.Length + 63) / 64;
        if (_promoted.Length < words)
        {
            _promoted = new ulong[words];
        }

        Array.Clear(_promoted);
    }

    /// <summary>Room to find like-minded users of a table.</summary>
    internal UserScratch UserSpace(UserTable table)
    {
        _users ??= new UserScratch();
        _users.Fit(table);
        return _users;
    }

    internal Span<ulong> KeySpace(int keys)
    {
        if (Keys.Length < keys)
        {
            Keys = new ulong[keys + keys / 2];
        }

        return Keys.AsSpan(0, keys);
    }
}

/// <summary>Scratch memory of a user of a recurrent model.</summary>
internal readonly ref struct RecurrentScratch(Span<float> states, Span<float> user, Span<int> code)
{
    public Span<float> States { get; } = states;

    public Span<float> User { get; } = user;

    public Span<int> Code { get; } = code;
}
