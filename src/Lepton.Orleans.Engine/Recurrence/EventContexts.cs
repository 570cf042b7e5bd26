namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>
/// Events and what came before each, in one run of numbers that needs no copy to be sent: how many items came before, the
/// item, and those items, newest first.
/// </summary>
public static class EventContexts
{
    /// <summary>How many items before an event are kept at the most; what is older than that has faded.</summary>
    public const int MaximumItems = 32;

    /// <summary>The most numbers that an event takes.</summary>
    public const int MaximumLength = MaximumItems + 2;

    /// <summary>Writes an event.</summary>
    /// <param name="to">Receives it; at least <see cref="MaximumLength"/> long.</param>
    /// <param name="item">The item.</param>
    /// <param name="before">The user's items before it, newest first.</param>
    /// <returns>How many numbers were written.</returns>
    public static int Write(Span<int> to, int item, ReadOnlySpan<int> before)
    {
        before = before[..Math.Min(MaximumItems, before.Length)];
        (to[0], to[1]) = (before.Length, item);
        before.CopyTo(to[2..]);
        return before.Length + 2;
    }

    /// <summary>Takes the first event from a run.</summary>
    /// <param name="events">The run; receives what is left of it.</param>
    /// <param name="item">Receives the item.</param>
    /// <param name="before">Receives the items before it, newest first.</param>
    /// <returns>False at the end, or where what follows is no event.</returns>
    public static bool TryTake(ref ReadOnlySpan<int> events, out int item, out ReadOnlySpan<int> before)
    {
        if (events.Length < 2 || (uint)events[0] > MaximumItems || events[0] > events.Length - 2)
        {
            item = -1;
            before = default;
            return false;
        }

        item = events[1];
        before = events.Slice(2, events[0]);
        events = events[(events[0] + 2)..];
        return true;
    }
}
