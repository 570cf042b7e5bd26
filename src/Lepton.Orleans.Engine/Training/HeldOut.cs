namespace Lepton.Orleans.Engine.Training;

/// <summary>
/// The ends of some users' histories, and everything else to train on. Always the end: on a random slice neighbourhoods
/// look better than they are, because what is asked for has already happened around what is known.
/// </summary>
internal sealed class HeldOut
{
    private HeldOut(Interactions training, int[] users, int[][] targets)
    {
        Training = training;
        Users = users;
        Targets = targets;
    }

    /// <summary>All interactions but the targets.</summary>
    public Interactions Training { get; }

    /// <summary>The users that something was held out of, rising.</summary>
    public int[] Users { get; }

    /// <summary>What was held out, per entry of <see cref="Users"/>.</summary>
    public int[][] Targets { get; }

    /// <returns><see langword="null"/> if there are too few users to learn anything from.</returns>
    public static HeldOut? Split(Interactions interactions, WeightLearningOptions options, int seed)
    {
        var users = Sample(interactions, options, seed);
        if (users.Length < options.MinimumUsers)
        {
            return null;
        }

        var targets = new int[users.Length][];
        var offsets = new int[interactions.UserCount + 1];
        var items = new List<int>(interactions.Items.Length);
        var next = 0;
        for (var user = 0; user < interactions.UserCount; user++)
        {
            var history = interactions.Of(user);
            if (next < users.Length && users[next] == user)
            {
                var held = Math.Min(options.MaximumHeldOut, Math.Max(1, (int)(history.Length * options.HeldOutShare)));
                targets[next++] = history[^held..].ToArray();
                history = history[..^held];
            }

            items.AddRange(history);
            offsets[user + 1] = items.Count;
        }

        return new HeldOut(new Interactions(offsets, [.. items], interactions.ItemCount), users, targets);
    }

    private static int[] Sample(Interactions interactions, WeightLearningOptions options, int seed)
    {
        var possible = new List<int>();
        for (var user = 0; user < interactions.UserCount; user++)
        {
            if (interactions.Of(user).Length >= Math.Max(2, options.MinimumItems))
            {
                possible.Add(user);
            }
        }

        var users = possible.ToArray();
        new Random(seed).Shuffle(users);
        users = users[..Math.Min(users.Length, options.Users)];
        Array.Sort(users);
        return users;
    }
}
