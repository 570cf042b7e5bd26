using System.Collections.Concurrent;
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
    // A parked workspace weighs 37 bytes an item; more than a few per core are never in use at once.
    private static readonly int PoolLimit = 2 * Environment.ProcessorCount;
    private static readonly ConcurrentBag<RankingWorkspace> Pool = [];

    // One cell an item, one lane a sparse source: all sources of an item share a cache line.
    internal Vector128<float>[] Cells = [];
    internal Mark[] Marks = [];
    internal int[] Touched = new int[1];
    internal int TouchedCount;
    // The candidates' cells side by side, so that scoring reads memory in order. Parallel to Touched once gathered.
    internal Vector128<float>[] Gathered = [];
    internal float[] User = [];
    internal float[] Scores = [];
    internal ulong[] Keys = [];
    internal ulong[] CandidateKeys = [];

    [Flags]
    internal enum Mark : byte
    {
        None = 0,
        Candidate = 1,
        Excluded = 2,
        Listed = 4,
    }

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
        if (Marks.Length < itemCount)
        {
            // Headroom, so that a growing catalogue does not mean a new array per item.
            var capacity = itemCount + itemCount / 8 + 64;
            Cells = new Vector128<float>[capacity];
            Marks = new Mark[capacity];
            Touched = new int[capacity + 1];
            Gathered = new Vector128<float>[capacity + 1];
        }

        var space = TopBuffer.SpaceFor(results);
        if (Keys.Length < space)
        {
            Keys = new ulong[space];
        }
    }

    /// <summary>Marks items that must not be returned; they still count in the moments.</summary>
    internal void Exclude(ReadOnlySpan<int> excluded, int itemCount)
    {
        foreach (var item in excluded)
        {
            if ((uint)item < (uint)itemCount)
            {
                if (Marks[item] == Mark.None)
                {
                    Touched[TouchedCount++] = item;
                }

                Marks[item] |= Mark.Excluded;
            }
        }
    }

    /// <summary>Marks listed items and excluded ones, for filling up a list after gathering.</summary>
    internal void MarkListed(ReadOnlySpan<RankedItem> listed)
    {
        foreach (var place in listed)
        {
            Marks[place.Item] |= Mark.Listed;
            Touched[TouchedCount++] = place.Item;
        }
    }

    /// <summary>Cleans what was touched.</summary>
    internal void Clear()
    {
        foreach (var item in Touched.AsSpan(0, TouchedCount))
        {
            Cells[item] = default;
            Marks[item] = Mark.None;
        }

        TouchedCount = 0;
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
