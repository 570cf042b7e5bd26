namespace Lepton.Orleans.Engine.Training;

/// <summary>
/// Who had what: per user the items in order of time, oldest first, in one array (compressed sparse rows). What goes by sets
/// reads <see cref="Distinct"/> ones; what goes by order may read items that come again.
/// </summary>
public sealed class Interactions
{
    /// <summary>Interactions over given arrays, which are not copied.</summary>
    /// <param name="userOffsets">Where each user's items start in <paramref name="items"/>; one entry more than users.</param>
    /// <param name="items">Item numbers, user after user, oldest first.</param>
    /// <param name="itemCount">One more than the highest item number.</param>
    /// <exception cref="ArgumentException">The offsets do not rise from 0 to the number of items, or an item is out of range.</exception>
    public Interactions(int[] userOffsets, int[] items, int itemCount)
    {
        ArgumentNullException.ThrowIfNull(userOffsets);
        ArgumentNullException.ThrowIfNull(items);
        ArgumentOutOfRangeException.ThrowIfNegative(itemCount);
        if (userOffsets.Length == 0 || userOffsets[0] != 0 || userOffsets[^1] != items.Length)
        {
            throw new ArgumentException($"User offsets start at 0 and end at the number of items, {items.Length}.", nameof(userOffsets));
        }

        for (var user = 1; user < userOffsets.Length; user++)
        {
            if (userOffsets[user] < userOffsets[user - 1])
            {
                throw new ArgumentException($"The offsets of users {user - 1} and {user} fall from {userOffsets[user - 1]} to {userOffsets[user]}.", nameof(userOffsets));
            }
        }

        foreach (var item in items)
        {
            if ((uint)item >= (uint)itemCount)
            {
                throw new ArgumentException($"Item {item} is outside 0 to {itemCount - 1}.", nameof(items));
            }
        }

        UserOffsets = userOffsets;
        Items = items;
        ItemCount = itemCount;
    }

    /// <summary>Where each user's items start; one entry more than users.</summary>
    public int[] UserOffsets { get; }

    /// <summary>Item numbers, user after user, oldest first.</summary>
    public int[] Items { get; }

    /// <summary>One more than the highest item number.</summary>
    public int ItemCount { get; }

    /// <summary>The number of users, those without items included.</summary>
    public int UserCount => UserOffsets.Length - 1;

    /// <summary>One user's items, oldest first.</summary>
    public ReadOnlySpan<int> Of(int user) => Items.AsSpan(UserOffsets[user], UserOffsets[user + 1] - UserOffsets[user]);

    /// <summary>
    /// Interactions from lists, oldest first. An item that a user has twice keeps its last place.
    /// </summary>
    /// <param name="histories">One list a user.</param>
    /// <param name="itemCount">One more than the highest item number.</param>
    public static Interactions From(IReadOnlyList<IReadOnlyList<int>> histories, int itemCount) => WithRepeats(histories, itemCount).Distinct();

    /// <summary>Interactions from lists, oldest first, in which an item may come again: what a session's clicks are.</summary>
    /// <inheritdoc cref="From"/>
    public static Interactions WithRepeats(IReadOnlyList<IReadOnlyList<int>> histories, int itemCount)
    {
        ArgumentNullException.ThrowIfNull(histories);
        var offsets = new int[histories.Count + 1];
        for (var user = 0; user < histories.Count; user++)
        {
            offsets[user + 1] = checked(offsets[user] + histories[user].Count);
        }

        var items = new int[offsets[^1]];
        for (var user = 0; user < histories.Count; user++)
        {
            for (var place = 0; place < histories[user].Count; place++)
            {
                items[offsets[user] + place] = histories[user][place];
            }
        }

        return new Interactions(offsets, items, itemCount);
    }

    /// <summary>The same, each item of a user once, at its last place; these interactions themselves if nothing comes twice.</summary>
    public Interactions Distinct()
    {
        var offsets = new int[UserOffsets.Length];
        var items = new List<int>(Items.Length);
        var seen = new HashSet<int>();
        for (var user = 0; user < UserCount; user++)
        {
            seen.Clear();
            var start = items.Count;
            var history = Of(user);
            for (var place = history.Length - 1; place >= 0; place--)
            {
                if (seen.Add(history[place]))
                {
                    items.Add(history[place]);
                }
            }

            items.Reverse(start, items.Count - start);
            offsets[user + 1] = items.Count;
        }

        return items.Count == Items.Length ? this : new Interactions(offsets, [.. items], ItemCount);
    }

    /// <summary>Per item the number of users that have it.</summary>
    public float[] CountItems()
    {
        var counts = new float[ItemCount];
        foreach (var item in Items)
        {
            counts[item]++;
        }

        return counts;
    }
}
