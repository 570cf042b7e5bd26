using Lepton.Orleans.Engine.LinearAlgebra;
using Lepton.Orleans.Engine.Selection;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// Local ridge regression over users, solved while a list is made. With K_vw = Σ p_i^−.6 over the items that v and w share
/// and N the 100 users with the largest d_v^−.6 K_vu, a = (K_NN + λI)⁻¹ K_Nu, λ three times the mean of K's diagonal; the
/// score of an item is the sum of a over those of N that have it. It costs some hundred microseconds, as much as all other
/// sources together: the learning of weights takes it in only where it earns that.
/// </summary>
internal static class UserNeighbourhood
{
    /// <summary>How many users take part.</summary>
    public const int Neighbours = 100;

    private const float Regularisation = 3f;
    private const int CertainOverlap = 16;

    /// <summary>Lets the neighbours of a history vote for what they have.</summary>
    /// <returns>What a vote was multiplied with: the source's weight over the deviation of the votes; 0 without neighbours.</returns>
    public static float Cast(RankingModel model, UserTable table, ReadOnlySpan<int> history, RankingWorkspace workspace)
    {
        var scratch = workspace.UserSpace(table);
        Find(table, history[..Math.Min(history.Length, UserTable.MaximumItems)], scratch);
        if (scratch.Count == 0 || !Solve(table, scratch))
        {
            return 0f;
        }

        var bins = workspace.Bins.AsSpan(0, Math.Min(Spread.Bins, model.ItemCount));
        bins.Clear();
        for (var n = 0; n < scratch.Count; n++)
        {
            foreach (var item in table.Of(scratch.Users[n]))
            {
                if (item < model.ItemCount)
                {
                    bins[item & (Spread.Bins - 1)] += scratch.Shares[n];
                }
            }
        }

        var slope = model.Weights.UserNeighbourhood * Spread.InverseDeviation(bins, model.ItemCount);
        for (var n = 0; n < scratch.Count && slope != 0f; n++)
        {
            var vote = slope * scratch.Shares[n];
            foreach (var item in table.Of(scratch.Users[n]))
            {
                if (item < model.ItemCount)
                {
                    workspace.Sums[item] += vote;
                    workspace.Lines[item >> RankingWorkspace.LineShift] = 1;
                }
            }
        }

        return slope;
    }

    /// <summary>The score of an item, after <see cref="Cast"/>.</summary>
    public static float VotesFor(int item, UserTable table, RankingWorkspace workspace)
    {
        var scratch = workspace.UserSpace(table);
        var sum = 0f;
        for (var n = 0; n < scratch.Count; n++)
        {
            sum += table.Of(scratch.Users[n]).Contains(item) ? scratch.Shares[n] : 0f;
        }

        return sum;
    }

    /// <summary>Finds N; the scratch then holds K_Nu as shares.</summary>
    private static void Find(UserTable table, ReadOnlySpan<int> history, UserScratch scratch)
    {
        var touched = 0;
        foreach (var item in history)
        {
            foreach (var user in table.UsersOf(item))
            {
                if (scratch.Shared[user]++ == 0)
                {
                    scratch.Touched[touched++] = user;
                }

                scratch.Overlaps[user] += table.ItemWeights[item];
            }
        }

        var count = 0;
        foreach (var user in scratch.Touched.AsSpan(0, touched))
        {
            if (!HasNothingToAdd(scratch.Shared[user], table.Of(user).Length))
            {
                scratch.Keys[count++] = ScoreKey.Of(table.UserWeights[user] * scratch.Overlaps[user], user);
            }
        }

        scratch.Count = Math.Min(Neighbours, count);
        Quickselect.PartitionGreatest(scratch.Keys.AsSpan(0, count), scratch.Count);
        for (var n = 0; n < scratch.Count; n++)
        {
            scratch.Users[n] = ScoreKey.Item(scratch.Keys[n]);
            scratch.Shares[n] = scratch.Overlaps[scratch.Users[n]];
        }

        foreach (var user in scratch.Touched.AsSpan(0, touched))
        {
            scratch.Shared[user] = 0;
            scratch.Overlaps[user] = 0f;
        }
    }

    // Above all the user's own earlier history, which would explain the history and leave nothing for others to say.
    private static bool HasNothingToAdd(int shared, int items) => shared == items || (shared >= CertainOverlap && shared >= .8f * items);

    private static bool Solve(UserTable table, UserScratch scratch)
    {
        var n = scratch.Count;
        var matrix = scratch.Matrix.AsSpan(0, n * n);
        matrix.Clear();
        var entries = 0;
        for (var column = 0; column < n; column++)
        {
            var diagonal = Regularisation * table.MeanDiagonal;
            foreach (var item in table.Of(scratch.Users[column]))
            {
                var weight = table.ItemWeights[item];
                for (var entry = scratch.Heads[item]; entry > 0; entry = scratch.Before[entry - 1])
                {
                    matrix[(scratch.Owners[entry - 1] * n) + column] += weight;
                }

                scratch.Owners[entries] = column;
                scratch.Before[entries] = scratch.Heads[item];
                scratch.Heads[item] = ++entries;
                diagonal += weight;
            }

            matrix[(column * n) + column] = diagonal;
        }

        foreach (var user in scratch.Users.AsSpan(0, n))
        {
            foreach (var item in table.Of(user))
            {
                scratch.Heads[item] = 0;
            }
        }

        if (!Cholesky.TryFactor(matrix, n))
        {
            return false;
        }

        Cholesky.Solve(matrix, n, scratch.Shares.AsSpan(0, n));
        return true;
    }
}
