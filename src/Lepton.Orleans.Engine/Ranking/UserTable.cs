namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// The histories of some users, to find those that are most like a given one: 8 bytes an event, half of them for the way
/// from an item to its users.
/// </summary>
public sealed class UserTable
{
    /// <summary>The most items of a user.</summary>
    public const int MaximumItems = 100;

    private const float Exponent = .6f;

    private readonly int[] _itemOffsets;
    private readonly int[] _itemUsers;

    /// <summary>A table over given arrays, which are not copied.</summary>
    /// <param name="offsets">Where each user's items start in <paramref name="items"/>; one entry more than users.</param>
    /// <param name="items">Item numbers, user after user, each once a user.</param>
    /// <exception cref="ArgumentException">The offsets do not rise from 0 to the number of items, a user has too many, or an item is negative.</exception>
    public UserTable(int[] offsets, int[] items)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        ArgumentNullException.ThrowIfNull(items);
        if (offsets.Length == 0 || offsets[0] != 0 || offsets[^1] != items.Length)
        {
            throw new ArgumentException($"User offsets start at 0 and end at the number of items, {items.Length}.", nameof(offsets));
        }

        for (var user = 1; user < offsets.Length; user++)
        {
            if (offsets[user] - offsets[user - 1] is < 0 or > MaximumItems)
            {
                throw new ArgumentException($"A user has 0 to {MaximumItems} items, not {offsets[user] - offsets[user - 1]}.", nameof(offsets));
            }
        }

        if (items.Any(static item => item < 0))
        {
            throw new ArgumentException("Item numbers are not negative.", nameof(items));
        }

        Offsets = offsets;
        Items = items;
        ItemCount = items.Length == 0 ? 0 : items.Max() + 1;
        (_itemOffsets, _itemUsers) = Invert();
        ItemWeights = new float[ItemCount];
        for (var item = 0; item < ItemCount; item++)
        {
            ItemWeights[item] = MathF.Pow(Math.Max(1, UsersOf(item).Length), -Exponent);
        }

        UserWeights = new float[Count];
        var sum = 0.0;
        for (var user = 0; user < Count; user++)
        {
            UserWeights[user] = MathF.Pow(Math.Max(1, Of(user).Length), -Exponent);
            foreach (var item in Of(user))
            {
                sum += ItemWeights[item];
            }
        }

        MeanDiagonal = (float)(sum / Math.Max(1, Count));
    }

    /// <summary>The number of users.</summary>
    public int Count => Offsets.Length - 1;

    /// <summary>One more than the highest item number.</summary>
    public int ItemCount { get; }

    /// <summary>Where each user's items start; one entry more than users.</summary>
    public int[] Offsets { get; }

    /// <summary>Item numbers, user after user.</summary>
    public int[] Items { get; }

    /// <summary>Per item p^−.6 with p its users here.</summary>
    internal float[] ItemWeights { get; }

    /// <summary>Per user d^−.6 with d its items.</summary>
    internal float[] UserWeights { get; }

    /// <summary>The mean over the users of Σ p_i^−.6 over their items.</summary>
    internal float MeanDiagonal { get; }

    /// <summary>One user's items.</summary>
    public ReadOnlySpan<int> Of(int user) => Items.AsSpan(Offsets[user], Offsets[user + 1] - Offsets[user]);

    /// <summary>The users that have an item, rising.</summary>
    public ReadOnlySpan<int> UsersOf(int item) =>
        (uint)item < (uint)ItemCount ? _itemUsers.AsSpan(_itemOffsets[item], _itemOffsets[item + 1] - _itemOffsets[item]) : [];

    private (int[] Offsets, int[] Users) Invert()
    {
        var offsets = new int[ItemCount + 1];
        foreach (var item in Items)
        {
            offsets[item + 1]++;
        }

        for (var item = 0; item < ItemCount; item++)
        {
            offsets[item + 1] += offsets[item];
        }

        var users = new int[Items.Length];
        var next = offsets.AsSpan(0, ItemCount).ToArray();
        for (var user = 0; user < Count; user++)
        {
            foreach (var item in Of(user))
            {
                users[next[item]++] = user;
            }
        }

        return (offsets, users);
    }
}
