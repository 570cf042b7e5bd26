namespace Lepton.Orleans.Engine.Neighbours;

/// <summary>
/// What one new event of a user adds to the counters: sequential rules (Ludewig &amp; Jannach, "Evaluation of session-based
/// recommendation algorithms", 2018), which go one way, and co-occurrences, which go both ways and fade less with distance.
/// </summary>
public static class EventPairs
{
    /// <summary>How many steps back a sequential rule reaches.</summary>
    public const int DefaultRuleWindow = 10;

    /// <summary>γ in s^−γ: how a rule fades with the steps between its two items.</summary>
    public const float DefaultRuleDecay = 1f;

    /// <summary>How many of the user's newest items a new one is paired with.</summary>
    public const int DefaultCoOccurrenceWindow = 10;

    /// <summary>γ in s^−γ of a co-occurrence.</summary>
    public const float DefaultCoOccurrenceDecay = .5f;

    /// <summary>What a co-occurrence counts towards the earlier of its items.</summary>
    public const float DefaultBackwardShare = .8f;

    /// <summary>
    /// The item that came s steps before the new one gains a rule of 1/s towards it, and the two gain a co-occurrence of s^−½
    /// towards each other, the new one less. An item that the user had before brings no co-occurrence: its pairs are counted already.
    /// </summary>
    /// <param name="recent">
    /// The user's distinct items before this event, newest first, as many as are to be paired; where it holds the new item,
    /// that place is skipped.
    /// </param>
    /// <param name="item">The new item.</param>
    /// <param name="increments">Receives the increments; needs twice as many places as there are recent items.</param>
    /// <param name="ruleWindow">How many steps back a rule reaches.</param>
    /// <param name="ruleDecay">γ of a rule.</param>
    /// <returns>How many increments were written: two a recent item, first that of its row, then that of the new item's.</returns>
    /// <exception cref="ArgumentException"><paramref name="increments"/> is too short.</exception>
    public static int Count(
        ReadOnlySpan<int> recent,
        int item,
        Span<PairIncrement> increments,
        int ruleWindow = DefaultRuleWindow,
        float ruleDecay = DefaultRuleDecay)
    {
        if (increments.Length < 2 * recent.Length)
        {
            throw new ArgumentException($"The span for increments holds {increments.Length} places, {2 * recent.Length} are needed.", nameof(increments));
        }

        var isNew = !recent.Contains(item);
        var count = 0;
        for (var age = 0; age < recent.Length; age++)
        {
            if (recent[age] == item)
            {
                continue;
            }

            var rule = age >= ruleWindow ? 0f : ruleDecay == 1f ? 1f / (age + 1) : MathF.Pow(age + 1, -ruleDecay);
            var pair = isNew && age < DefaultCoOccurrenceWindow ? 1f / MathF.Sqrt(age + 1) : 0f;
            increments[count++] = new PairIncrement(recent[age], item, rule, pair);
            increments[count++] = new PairIncrement(item, recent[age], 0f, DefaultBackwardShare * pair);
        }

        return count;
    }
}
