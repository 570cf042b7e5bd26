namespace Lepton.Orleans.Grains.Users;

/// <summary>Reads from a history what ranking needs: the newest distinct positive items, and the items not to show again.</summary>
internal static class HistoryReader
{
    /// <summary>
    /// How much of a history ranks: older items say little, and what ranking costs must not grow with a lifetime. On
    /// MovieLens-1M sequences the newest 100 rank as well as all.
    /// </summary>
    public const int MaxSeeds = 100;

    /// <summary>
    /// How much of a history builds count: beyond so many items it says more about diligence than about taste, and its pairs
    /// grow with the square.
    /// </summary>
    public const int MaxCounted = 2000;

    /// <summary>What is dated so far ahead (milliseconds) is of now: clocks differ, and what was just done shows in the next list.</summary>
    public const long MaxSkewMs = 60_000;

    /// <summary>Until when events count now, in milliseconds since 1970.</summary>
    public static long CountedUntil(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds() + MaxSkewMs;

    /// <summary>Writes the distinct items whose newest verdict is positive, newest first.</summary>
    /// <param name="events">The events, oldest first.</param>
    /// <param name="policy">What counts as positive.</param>
    /// <param name="untilMs">Events after this time, in milliseconds since 1970, are left out: theirs has not come yet.</param>
    /// <param name="seeds">Receives item numbers; its length bounds how many.</param>
    /// <returns>How many were written.</returns>
    public static int PositiveItems(ReadOnlySpan<FeedbackEvent> events, FeedbackPolicy policy, long untilMs, Span<int> seeds)
    {
        events = events[..CountUntil(events, untilMs)];
        var sums = policy.DependsOnValue ? new ValueSums() : null;
        HashSet<int>? rejected = null;
        var count = 0;
        for (var i = events.Length - 1; i >= 0 && count < seeds.Length; i--)
        {
            ref readonly var e = ref events[i];
            var value = sums is null ? e.Value : sums.Of(events, i);
            var kind = policy.KindOf(e.Type, value);
            if (kind is FeedbackPolicy.Kind.Positive or FeedbackPolicy.Kind.Negative
                && !seeds[..count].Contains(e.Item) && rejected?.Contains(e.Item) is not true)
            {
                if (kind == FeedbackPolicy.Kind.Positive)
                {
                    seeds[count++] = e.Item;
                }
                else
                {
                    (rejected ??= []).Add(e.Item);
                }
            }
        }

        return count;
    }

    /// <summary>
    /// Writes the items that events mark as read; an item may appear more than once. Beyond all events up to now these are those
    /// that nobody dated, which have happened whatever this machine's clock says, and the likes and dislikes that count already
    /// (see <see cref="MaxSkewMs"/>): only what was delayed, as a write-back can be, waits for its time.
    /// </summary>
    /// <param name="events">The events, oldest first.</param>
    /// <param name="policy">What counts as a like or a dislike.</param>
    /// <param name="nowMs">Now, in milliseconds since 1970.</param>
    /// <param name="items">Receives item numbers; as long as <paramref name="events"/>.</param>
    /// <returns>How many were written.</returns>
    public static int ReadItems(ReadOnlySpan<FeedbackEvent> events, FeedbackPolicy policy, long nowMs, Span<int> items)
    {
        var count = CountUntil(events, nowMs);
        for (var i = 0; i < count; i++)
        {
            items[i] = events[i].Item;
        }

        return count == events.Length ? count : ReadAhead(events, policy, nowMs, items, count);
    }

    // What is dated ahead.
    private static int ReadAhead(ReadOnlySpan<FeedbackEvent> events, FeedbackPolicy policy, long nowMs, Span<int> items, int count)
    {
        var now = count;
        var counted = events[..CountUntil(events, nowMs + MaxSkewMs)];
        var sums = policy.DependsOnValue ? new ValueSums() : null;
        for (var i = events.Length - 1; i >= now; i--)
        {
            ref readonly var e = ref events[i];
            if (!e.IsExplicit || (i < counted.Length && policy.KindOf(e.Type, sums is null ? e.Value : sums.Of(counted, i)) != FeedbackPolicy.Kind.Read))
            {
                items[count++] = e.Item;
            }
        }

        return count;
    }

    /// <summary>How many events there are up to a time, and of it.</summary>
    public static int CountUntil(ReadOnlySpan<FeedbackEvent> events, long untilMs)
    {
        // As good as always all of them.
        if (events.IsEmpty || events[^1].TimeMs <= untilMs)
        {
            return events.Length;
        }

        var (low, high) = (0, events.Length - 1);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = events[middle].TimeMs <= untilMs ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
