using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lepton.Orleans.Engine.LinearAlgebra;
using Lepton.Orleans.Engine.Neighbours;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>The history's votes: every row of every sparse source, scattered into the workspace's cells.</summary>
internal static class Votes
{
    private const int RowsAhead = 2;

    public static void Cast(RankingModel model, ReadOnlySpan<int> history, RankingWorkspace workspace)
    {
        var weights = model.Weights;
        var targets = model.Tables.Targets;
        for (var age = 0; age < history.Length; age++)
        {
            if (age + RowsAhead < history.Length)
            {
                PrefetchRows(model, history[age + RowsAhead], age + RowsAhead);
            }

            var item = history[age];
            if ((uint)item >= (uint)model.ItemCount)
            {
                continue;
            }

            if (weights.Transitions != 0f)
            {
                var total = item < model.TransitionTotals.Length ? model.TransitionTotals[item] : 0f;
                if (total > 0f)
                {
                    var vote = Recency.Weight(age, weights.TransitionRecency) * weights.RuleShare(total);
                    Scatter(model.Transitions, item, Recency.Reach(age, weights.TransitionRecency), vote, Scoring.TransitionLane, model.ItemCount, workspace);
                }
            }

            if (weights.CoOccurrence != 0f)
            {
                var vote = Recency.Weight(age, weights.CoOccurrenceRecency) * targets[item][Scoring.CoOccurrenceLane];
                Scatter(model.CoOccurrence, item, Recency.Reach(age, weights.CoOccurrenceRecency), vote, Scoring.CoOccurrenceLane, model.ItemCount, workspace);
            }

            if (weights.Neighbourhood != 0f)
            {
                var vote = Recency.Weight(age, weights.NeighbourhoodRecency);
                Scatter(model.Neighbourhood, item, Recency.Reach(age, weights.NeighbourhoodRecency), vote, Scoring.NeighbourhoodLane, model.ItemCount, workspace);
            }
        }
    }

    private static void PrefetchRows(RankingModel model, int row, int age)
    {
        var weights = model.Weights;
        if (weights.Transitions != 0f)
        {
            PrefetchRow(model.Transitions, row, Recency.Reach(age, weights.TransitionRecency));
        }

        if (weights.CoOccurrence != 0f)
        {
            PrefetchRow(model.CoOccurrence, row, Recency.Reach(age, weights.CoOccurrenceRecency));
        }

        if (weights.Neighbourhood != 0f)
        {
            PrefetchRow(model.Neighbourhood, row, Recency.Reach(age, weights.NeighbourhoodRecency));
        }
    }

    private static void PrefetchRow(NeighbourTable table, int row, float reach)
    {
        var items = table.Items(row);
        var length = Recency.Entries(items.Length, reach);
        Prefetch.Run(items[..length]);
        Prefetch.Run(table.Weights(row)[..length]);
    }

    private static void Scatter(NeighbourTable table, int row, float reach, float vote, int lane, int itemCount, RankingWorkspace workspace)
    {
        var items = table.Items(row);
        var weights = table.Weights(row);
        var length = Recency.Entries(items.Length, reach);
        // References into the arrays: the loop's only check is that the neighbour is within the model, which implies all others.
        ref var votes = ref Unsafe.Add(ref Unsafe.As<Vector128<float>, float>(ref MemoryMarshal.GetArrayDataReference(workspace.Cells)), lane);
        ref var states = ref workspace.State(0);
        ref var touched = ref MemoryMarshal.GetArrayDataReference(workspace.Touched);
        var count = workspace.TouchedCount;
        for (var k = 0; k < length; k++)
        {
            var item = items[k];
            if ((uint)item >= (uint)itemCount)
            {
                continue;
            }

            Unsafe.Add(ref votes, 4 * (nint)item) += vote * weights[k];
            ref var state = ref Unsafe.Add(ref states, 4 * (nint)item);
            // Written whether new or not: a branch here would be mispredicted half of the time.
            Unsafe.Add(ref touched, count) = item;
            var isNew = state == RankingWorkspace.Untouched ? 1 : 0;
            count += isNew;
            state += isNew;
        }

        workspace.TouchedCount = count;
    }
}
