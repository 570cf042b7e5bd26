using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Training;

/// <summary>Who stands for all users in a <see cref="UserTable"/>: everybody, or in a larger data set a random part.</summary>
internal static class UserSample
{
    /// <summary>Users with one item have nothing to add to those who share it.</summary>
    private const int MinimumItems = 2;

    /// <summary>Draws users until their items are as many as are allowed.</summary>
    /// <param name="sets">Who had what, each item once a user, oldest first; of each user the newest are taken.</param>
    /// <param name="maximumEvents">The most items in all.</param>
    /// <param name="seed">Of the draw.</param>
    public static UserTable Draw(Interactions sets, int maximumEvents, int seed)
    {
        var order = Enumerable.Range(0, sets.UserCount).Where(user => sets.Of(user).Length >= MinimumItems).ToArray();
        new Random(seed).Shuffle(order);
        var (taken, events) = (0, 0L);
        while (taken < order.Length && events + Newest(sets.Of(order[taken])).Length <= maximumEvents)
        {
            events += Newest(sets.Of(order[taken++])).Length;
        }

        Array.Resize(ref order, taken);
        Array.Sort(order);
        var offsets = new int[taken + 1];
        var items = new int[events];
        for (var user = 0; user < taken; user++)
        {
            var newest = Newest(sets.Of(order[user]));
            newest.CopyTo(items.AsSpan(offsets[user]));
            offsets[user + 1] = offsets[user] + newest.Length;
        }

        return new UserTable(offsets, items);
    }

    private static ReadOnlySpan<int> Newest(ReadOnlySpan<int> history) => history[^Math.Min(history.Length, UserTable.MaximumItems)..];
}
