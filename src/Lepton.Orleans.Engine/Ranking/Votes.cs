using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Lepton.Orleans.Engine.LinearAlgebra;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// The history's votes: every row of every sparse source, scattered into one number an item. That they need no more than
/// one, because each source's slope is known before it votes, is what keeps the accumulator within the second cache.
/// </summary>
internal static class Votes
{
    /// <summary>Lets one source's rows vote.</summary>
    /// <param name="source">The source.</param>
    /// <param name="ballots">Its rows.</param>
    /// <param name="model">The model that the source is of.</param>
    /// <param name="workspace">Holds the sums, by item.</param>
    /// <returns>What the source's scores were multiplied with: its weight over their deviation.</returns>
    public static float Cast(in SparseSource source, ReadOnlySpan<Ballot> ballots, RankingModel model, RankingWorkspace workspace)
    {
        var slope = source.Weight * Spread.InverseDeviation(source, ballots, model, workspace.Bins);
        if (slope == 0f)
        {
            return 0f;
        }

        foreach (ref readonly var ballot in ballots)
        {
            var items = source.Table.Items(ballot.Row)[..ballot.Length];
            var weights = source.Table.Weights(ballot.Row)[..ballot.Length];
            if (source.Discounts is { } discounts)
            {
                Scatter(items, weights, slope * ballot.Voice, discounts, model, workspace);
            }
            else
            {
                Scatter(items, weights, slope * ballot.Voice, model.ItemCount, workspace);
            }
        }

        return slope;
    }

    /// <summary>Asks for the places of the rows, or once those have arrived for their beginnings, so that finding one does not wait for finding another.</summary>
    public static void Announce(in SparseSource source, ReadOnlySpan<int> history, bool arePlacesKnown)
    {
        if (source.Weight == 0f)
        {
            return;
        }

        foreach (var item in history)
        {
            source.Table.Announce(item, arePlacesKnown);
        }
    }

    /// <summary>Finds the rows that vote, and asks for their memory, so that it has arrived when they do.</summary>
    /// <param name="source">The source.</param>
    /// <param name="history">Items, newest first; those outside the model are skipped.</param>
    /// <param name="itemCount">The items of the model.</param>
    /// <param name="ballots">Receives the rows; as long as the history.</param>
    public static Span<Ballot> Register(in SparseSource source, ReadOnlySpan<int> history, int itemCount, Span<Ballot> ballots)
    {
        var count = 0;
        for (var age = 0; source.Weight != 0f && age < history.Length; age++)
        {
            var item = history[age];
            if ((uint)item >= (uint)itemCount)
            {
                continue;
            }

            var items = source.Table.Items(item);
            var length = source.Entries(items.Length, age);
            var voice = source.Voice(item, age);
            if (length > 0 && voice != 0f)
            {
                Prefetch.Run(items[..length]);
                Prefetch.Run(source.Table.Weights(item)[..length]);
                ballots[count++] = new Ballot(item, length, voice);
            }
        }

        return ballots[..count];
    }

    // References in both: a row has as many weights as items, and that the neighbour is within the model, the loop's only check,
    // implies all else.
    private static void Scatter(
        ReadOnlySpan<int> items,
        ReadOnlySpan<float> weights,
        float voice,
        float[] discounts,
        RankingModel model,
        RankingWorkspace workspace)
    {
        ref var weight = ref MemoryMarshal.GetReference(weights);
        ref var sums = ref MemoryMarshal.GetArrayDataReference(workspace.Sums);
        ref var lines = ref MemoryMarshal.GetArrayDataReference(workspace.Lines);
        ref var levels = ref MemoryMarshal.GetArrayDataReference(model.Tables.Levels);
        ref var discount = ref MemoryMarshal.GetArrayDataReference(discounts);
        var itemCount = model.ItemCount;
        for (var k = 0; k < items.Length; k++)
        {
            var item = items[k];
            if ((uint)item < (uint)itemCount)
            {
                Unsafe.Add(ref sums, (nint)item) += voice * Unsafe.Add(ref weight, k) * Unsafe.Add(ref discount, (nint)Unsafe.Add(ref levels, (nint)item));
                Unsafe.Add(ref lines, (nint)(item >> RankingWorkspace.LineShift)) = 1;
            }
        }
    }

    private static void Scatter(ReadOnlySpan<int> items, ReadOnlySpan<float> weights, float voice, int itemCount, RankingWorkspace workspace)
    {
        ref var weight = ref MemoryMarshal.GetReference(weights);
        ref var sums = ref MemoryMarshal.GetArrayDataReference(workspace.Sums);
        ref var lines = ref MemoryMarshal.GetArrayDataReference(workspace.Lines);
        for (var k = 0; k < items.Length; k++)
        {
            var item = items[k];
            if ((uint)item < (uint)itemCount)
            {
                Unsafe.Add(ref sums, (nint)item) += voice * Unsafe.Add(ref weight, k);
                Unsafe.Add(ref lines, (nint)(item >> RankingWorkspace.LineShift)) = 1;
            }
        }
    }
}
