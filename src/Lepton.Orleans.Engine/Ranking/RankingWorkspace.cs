using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lepton.Orleans.Engine.Selection;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// Scratch memory of one ranking at a time: a dense accumulator over the catalogue with a list of the places touched, so
/// that it is clean again in the time that the ranking took and not in the time that the catalogue is large. Grows with
/// the models it meets; allocates nothing once it fits. Not thread-safe: rent one per ranking.
/// </summary>
public sealed class RankingWorkspace
{
    // What the last lane of a cell says of its item.
    internal const int Untouched = 0;
    internal const int Candidate = 1;
    internal const int Barred = -1;

    // A parked workspace weighs 36 bytes an item; more than a few per core are never in use at once.
    private static readonly int PoolLimit = 2 * Environment.ProcessorCount;
    private static readonly ConcurrentBag<RankingWorkspace> Pool = [];

    // One cell an item, one lane a sparse source and one for its state: all of an item is in one cache line.
    internal Vector128<float>[] Cells = [];
    internal int[] Touched = new int[1];
    internal int TouchedCount;
    // The candidates' cells side by side, so that scoring reads memory in order; the items stand in Touched.
    internal Vector128<float>[] Gathered = [];
    internal int GatheredCount;
    internal float[] User = [];
    internal float[] Scores = [];
    internal ulong[] Keys = [];
    internal ulong[] CandidateKeys = [];

    /// <summary>A workspace from the pool, or a new one. Give it back with <see cref="Return"/>.</summary>
    public static RankingWorkspace Rent() => Pool.TryTake(out var workspace) ? workspace : new RankingWorkspace();

    /// <summary>Gives a workspace back to the pool.</summary>
    public static void Return(RankingWorkspace workspace)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        if (Pool.Count < PoolLimit)
        {
            Pool.Add(workspace);
        }
    }

    /// <summary>Makes room; the accumulators are zero before and after.</summary>
    internal void Begin(int itemCount, int results)
    {
        GatheredCount = 0;
        if (Cells.Length < itemCount)
        {
            // Headroom, so that a growing catalogue does not mean a new array per item.
            var capacity = itemCount + itemCount / 8 + 64;
            Cells = new Vector128<float>[capacity];
            Touched = new int[capacity + 1];
            Gathered = new Vector128<float>[capacity + 1];
        }

        var space = TopBuffer.SpaceFor(results);
        if (Keys.Length < space)
        {
            Keys = new ulong[space];
        }
    }

    /// <summary>The state of an item of the model: its cell's last lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref int State(int item) =>
        ref Unsafe.Add(ref Unsafe.As<Vector128<float>, int>(ref MemoryMarshal.GetArrayDataReference(Cells)), (4 * (nint)item) + 3);

    /// <summary>Bars items from being returned; they still count in the moments.</summary>
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

    /// <summary>Cleans what was touched.</summary>
    internal void Clear()
    {
        foreach (var item in Touched.AsSpan(0, TouchedCount))
        {
            Cells[item] = default;
        }

        TouchedCount = 0;
    }

    private void Bar(int item)
    {
        ref var state = ref State(item);
        if (state == Untouched)
        {
            Touched[TouchedCount++] = item;
        }

        state = Barred;
    }

    internal Span<float> UserVector(int rank)
    {
        if (User.Length < rank)
        {
            User = new float[rank];
        }

        return User.AsSpan(0, rank);
    }

    internal Span<float> ScoreSpace(int items)
    {
        if (Scores.Length < items)
        {
            Scores = new float[items + items / 2];
        }

        return Scores.AsSpan(0, items);
    }

    internal Span<ulong> CandidateSpace(int candidates)
    {
        var space = TopBuffer.SpaceFor(candidates);
        if (CandidateKeys.Length < space)
        {
            CandidateKeys = new ulong[space];
        }

        return CandidateKeys;
    }
}
