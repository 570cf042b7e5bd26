namespace Lepton.Orleans.Engine.Neighbours;

/// <summary>
/// What one new event of a user adds to the counters. Learned per event, these two tables are sequential rules
/// (Ludewig &amp; Jannach, "Evaluation of session-based recommendation algorithms", 2018) and user-weighted item-to-item
/// co-occurrence (Deshpande &amp; Karypis, "Item-based top-N recommendation algorithms", 2004).
/// </summary>
public static class EventPairs
{
    /// <summary>How many steps back a sequential rule reaches.</summary>
    public const int DefaultRuleWindow = 10;

    /// <summary>γ in s^−γ: how a rule fades with the steps between its two items.</summary>
    public const float DefaultRuleDecay = 1f;

    /// <summary>How many of the user's newest items a new one is paired with.</summary>
    public const int DefaultCoOccurrenceWindow = 50;

    /// <summary>The exponent in d^−.6, d the user's number of items: active users say less with each item.</summary>
    public const float DefaultUserExponent = .6f;

    /// <summary>
    /// Sequential rules: the item that came s steps before the new one gains s^−γ towards it; with
    /// <paramref name="backward"/> the new one also gains that share towards the earlier one.
    /// </summary>
    /// <param name="recent">The user's distinct items before this event, newest first.</param>
    /// <param name="item">The new item; where <paramref name="recent"/> holds it, that place is skipped.</param>
    /// <param name="increments">Receives the increments; needs <paramref name="window"/> places, twice that with <paramref name="backward"/>.</param>
    /// <param name="window">How many steps back a rule reaches.</param>
    /// <param name="decay">γ.</param>
    /// <param name="backward">The weight of the opposite direction: 0 for films, .8 for click sessions.</param>
    /// <returns>How many increments were written.</returns>
    /// <exception cref="ArgumentException"><paramref name="increments"/> is too short.</exception>
    public static int Transitions(
        ReadOnlySpan<int> recent,
        int item,
        Span<PairIncrement> increments,
        int window = DefaultRuleWindow,
        float decay = DefaultRuleDecay,
        float backward = 0f)
    {
        var reach = Math.Min(window, recent.Length);
        Require(increments.Length, backward > 0f ? 2 * reach : reach);
        var count = 0;
        for (var age = 0; age < reach; age++)
        {
            if (recent[age] == item)
            {
                continue;
            }

            var weight = decay == 1f ? 1f / (age + 1) : MathF.Pow(age + 1, -decay);
            increments[count++] = new PairIncrement(recent[age], item, weight);
            if (backward > 0f)
            {
                increments[count++] = new PairIncrement(item, recent[age], backward * weight);
            }
        }

        return count;
    }

    /// <summary>
    /// Co-occurrence: the new item and each of the user's newest ones gain d^−exponent towards each other. An item that
    /// the user had before brings nothing: its pairs are counted already.
    /// </summary>
    /// <param name="recent">The user's distinct items before this event, newest first.</param>
    /// <param name="item">The new item.</param>
    /// <param name="distinctItems">d, the number of distinct items of the user including this one.</param>
    /// <param name="increments">Receives the increments; needs twice <paramref name="window"/> places.</param>
    /// <param name="window">How many of the newest items are paired.</param>
    /// <param name="userExponent">The exponent of d.</param>
    /// <returns>How many increments were written.</returns>
    /// <exception cref="ArgumentException"><paramref name="increments"/> is too short.</exception>
    public static int CoOccurrences(
        ReadOnlySpan<int> recent,
        int item,
        int distinctItems,
        Span<PairIncrement> increments,
        int window = DefaultCoOccurrenceWindow,
        float userExponent = DefaultUserExponent)
    {
        if (recent.Contains(item))
        {
            return 0;
        }

        var reach = Math.Min(window, recent.Length);
        Require(increments.Length, 2 * reach);
        var weight = MathF.Pow(Math.Max(1, distinctItems), -userExponent);
        var count = 0;
        foreach (var other in recent[..reach])
        {
            increments[count++] = new PairIncrement(other, item, weight);
            increments[count++] = new PairIncrement(item, other, weight);
        }

        return count;
    }

    private static void Require(int length, int needed)
    {
        if (length < needed)
        {
            throw new ArgumentException($"The span for increments holds {length} places, {needed} are needed.");
        }
    }
}
