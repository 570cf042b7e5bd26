namespace Lepton.Orleans.Engine.Neighbours;

/// <summary>
/// What one new event of a user adds to the counters. Learned per event, these are sequential rules (Ludewig &amp; Jannach,
/// "Evaluation of session-based recommendation algorithms", 2018) and user-weighted item-to-item co-occurrence (Deshpande
/// &amp; Karypis, "Item-based top-N recommendation algorithms", 2004).
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
    /// The item that came s steps before the new one gains a rule of s^−γ towards it, and the two gain a co-occurrence of
    /// d^−exponent towards each other. An item that the user had before brings no co-occurrence: its pairs are counted already.
    /// </summary>
    /// <param name="recent">
    /// The user's distinct items before this event, newest first, as many as are to be paired; where it holds the new item,
    /// that place is skipped.
    /// </param>
    /// <param name="item">The new item.</param>
    /// <param name="distinctItems">d, the number of distinct items of the user including this one.</param>
    /// <param name="increments">Receives the increments; needs twice as many places as there are recent items.</param>
    /// <param name="ruleWindow">How many steps back a rule reaches.</param>
    /// <param name="ruleDecay">γ.</param>
    /// <param name="userExponent">The exponent of d.</param>
    /// <returns>How many increments were written: two a recent item, first that of its row, then that of the new item's.</returns>
    /// <exception cref="ArgumentException"><paramref name="increments"/> is too short.</exception>
    public static int Count(
        ReadOnlySpan<int> recent,
        int item,
        int distinctItems,
        Span<PairIncrement> increments,
        int ruleWindow = DefaultRuleWindow,
        float ruleDecay = DefaultRuleDecay,
        float userExponent = DefaultUserExponent)
    {
        if (increments.Length < 2 * recent.Length)
        {
            throw new ArgumentException($"The span for increments holds {increments.Length} places, {2 * recent.Length} are needed.", nameof(increments));
        }

        var pair = recent.Contains(item) ? 0f : MathF.Pow(Math.Max(1, distinctItems), -userExponent);
        var count = 0;
        for (var age = 0; age < recent.Length; age++)
        {
            if (recent[age] == item)
            {
                continue;
            }

            var rule = age >= ruleWindow ? 0f : ruleDecay == 1f ? 1f / (age + 1) : MathF.Pow(age + 1, -ruleDecay);
            increments[count++] = new PairIncrement(recent[age], item, rule, pair);
            increments[count++] = new PairIncrement(item, recent[age], 0f, pair);
        }

        return count;
    }
}
