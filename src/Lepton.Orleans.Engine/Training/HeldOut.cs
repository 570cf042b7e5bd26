namespace Lepton.Orleans.Engine.Training;

/// <summary>
/// The ends of some users' histories, and everything else to train on. Always the end: on a random slice neighbourhoods
/// look better than they are, because what is asked for has already happened around what is known.
/// </summary>
internal sealed class HeldOut
{
    private HeldOut(Interactions training, bool repeats, int[] users, int[][] targets)
    {
        Training = training;
        Repeats = repeats;
        Users = users;
        Targets = targets;
    }

    /// <summary>All interactions but the targets.</summary>
    public Interactions Training { get; }

    /// <summary>
    /// Whether an item comes twice in a history, as in sessions of clicks: then lists may hold what a user has had. Histories of
    /// users hold every item once, and lists only what is new.
    /// </summary>
    public bool Repeats { get; }

    /// <summary>The users that something was held out of, rising.</summary>
    public int[] Users { get; }

    /// <summary>What was held out, per entry of <see cref="Users"/>.</summary>
    public int[][] Targets { get; }

    /// <summary>
    /// Holds the ends of all histories back, of which <see cref="WeightLearningOptions.Users"/> are asked for. Were the others
    /// left whole, the model would know from them what came in the meantime, as it never does when it is used, and
    /// neighbourhoods would look better than they are. Where histories are so short that too little would be left to train on,
    /// as of sessions, only what is asked for is held back. And where an end is one item on the mean, it is one item of all: what
    /// comes next is asked for, and not what comes much later in a few long sessions.
    /// </summary>
    /// <param name="interactions">All histories.</param>
    /// <param name="options">How much of them.</param>
    /// <param name="seed">Of who is asked.</param>
    /// <param name="orderAware">Whether histories are in order of time.</param>
    /// <returns><see langword="null"/> if there are too few users to learn anything from.</returns>
    public static HeldOut? Split(Interactions interactions, WeightLearningOptions options, int seed, bool orderAware)
    {
        var share = orderAware ? options.HeldOutShare : options.HeldOutShareWithoutOrder;
        var possible = Enumerable.Range(0, interactions.UserCount).Where(user => IsLongEnough(interactions.Of(user).Length, options)).ToArray();
        if (possible.Length < options.MinimumUsers)
        {
            return null;
        }

        var most = possible.Average(user => (double)interactions.Of(user).Length) * options.HeldOutShare < 2 ? 1 : int.MaxValue;
        var users = possible.ToArray();
        new Random(seed).Shuffle(users);
        var (asked, left) = (0, options.Targets);
        while (asked < Math.Min(users.Length, options.Users) && left > 0)
        {
            left -= EndOf(interactions.Of(users[asked++]).Length, share, most);
        }

        users = users[..asked];
        Array.Sort(users);
        var cut = possible.Sum(user => (long)EndOf(interactions.Of(user).Length, share, most)) > options.MostHeldOut * interactions.Items.Length ? users : possible;

        var targets = new List<int[]>(users.Length);
        var offsets = new int[interactions.UserCount + 1];
        var items = new List<int>(interactions.Items.Length);
        var next = 0;
        for (var user = 0; user < interactions.UserCount; user++)
        {
            var history = interactions.Of(user);
            if (next < cut.Length && cut[next] == user)
            {
                next++;
                var end = EndOf(history.Length, share, most);
                if (targets.Count < users.Length && users[targets.Count] == user)
                {
                    targets.Add(history[^end..].ToArray());
                }

                history = history[..^end];
            }

            items.AddRange(history);
            offsets[user + 1] = items.Count;
        }

        return new HeldOut(new Interactions(offsets, [.. items], interactions.ItemCount), !ReferenceEquals(interactions, interactions.Distinct()), users, [.. targets]);
    }

    private static bool IsLongEnough(int length, WeightLearningOptions options) => length >= Math.Max(2, options.MinimumItems);

    private static int EndOf(int length, double share, int most) => Math.Clamp((int)(length * share), 1, most);
}
