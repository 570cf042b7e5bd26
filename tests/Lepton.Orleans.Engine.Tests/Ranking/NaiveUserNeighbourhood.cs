using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Tests.LinearAlgebra;

namespace Lepton.Orleans.Engine.Tests.Ranking;

/// <summary>The regression over users as its documentation states it, with sets and a dense solve in double precision.</summary>
internal static class NaiveUserNeighbourhood
{
    public static double[] Scores(UserTable table, int[] history, int itemCount)
    {
        var users = Enumerable.Range(0, table.Count).Select(user => table.Of(user).ToArray().ToHashSet()).ToArray();
        var had = history.Take(UserTable.MaximumItems).ToHashSet();
        double Weight(int item) => Math.Pow(users.Count(user => user.Contains(item)), -.6);
        double Kernel(HashSet<int> a, HashSet<int> b) => a.Where(b.Contains).Sum(Weight);

        // In single precision and in the order of the history: only then are equals equal, and the lower number is taken.
        float Likeness(HashSet<int> user) => MathF.Pow(user.Count, -.6f) * history.Take(UserTable.MaximumItems).Where(user.Contains).Aggregate(0f, (sum, item) => sum + MathF.Pow(users.Count(u => u.Contains(item)), -.6f));

        var chosen = Enumerable.Range(0, users.Length)
            .Where(user => users[user].Overlaps(had) && !IsTheSame(users[user].Count(had.Contains), users[user].Count))
            .OrderByDescending(user => Likeness(users[user]))
            .ThenBy(user => user)
            .Take(100)
            .Select(user => users[user])
            .ToArray();
        var ridge = 3 * users.Select(user => Kernel(user, user)).DefaultIfEmpty().Average();
        var matrix = new double[chosen.Length, chosen.Length];
        for (var i = 0; i < chosen.Length; i++)
        {
            for (var j = 0; j < chosen.Length; j++)
            {
                matrix[i, j] = Kernel(chosen[i], chosen[j]) + (i == j ? ridge : 0);
            }
        }

        var shares = DenseSystem.Solve(matrix, chosen.Select(user => Kernel(user, had)).ToArray());
        return Enumerable.Range(0, itemCount).Select(item => chosen.Zip(shares).Sum(x => x.First.Contains(item) ? x.Second : 0)).ToArray();
    }

    private static bool IsTheSame(int shared, int items) => shared == items || (shared >= 16 && shared >= .8 * items);
}
