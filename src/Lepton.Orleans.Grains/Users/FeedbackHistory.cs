namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// A user's events, ordered by time (equal times: by arrival). Each event is kept as it came; what callers see as one
/// feedback is the sum over the events of one type and item.
/// </summary>
/// <remarks>
/// Readers on other threads hold a <see cref="UserView"/>, an array and a count: appending beyond that count is invisible
/// to them, and every other change works on a copy.
/// </remarks>
internal sealed class FeedbackHistory
{
    private FeedbackEvent[] _events = [];
    private Dictionary<(int Type, int Item), string>? _comments;

    /// <summary>How many events there are.</summary>
    public int Count { get; private set; }

    /// <summary>All events, oldest first.</summary>
    public ReadOnlySpan<FeedbackEvent> Events => _events.AsSpan(0, Count);

    /// <summary>A picture for readers on other threads.</summary>
    public UserView View(long version) => new(version, _events, Count);

    /// <summary>The comment of a feedback, or an empty string.</summary>
    public string CommentOf(int type, int item) => _comments is null ? "" : _comments.GetValueOrDefault((type, item), "");

    /// <summary>Whether this very event, named by type, item and explicit time, is already there.</summary>
    public bool Contains(in FeedbackEvent candidate)
    {
        var events = Events;
        for (var i = LowerBound(candidate.TimeMs); i < events.Length && events[i].TimeMs == candidate.TimeMs; i++)
        {
            if (events[i].Item == candidate.Item && events[i].Type == candidate.Type && events[i].IsExplicit)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether any event concerns an item.</summary>
    public bool Mentions(int item)
    {
        foreach (ref readonly var e in Events)
        {
            if (e.Item == item)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Adds an event; a comment that is not empty replaces the one before.</summary>
    public void Add(in FeedbackEvent added, string comment)
    {
        if (Count == 0 || _events[Count - 1].TimeMs <= added.TimeMs)
        {
            if (Count == _events.Length)
            {
                Array.Resize(ref _events, Math.Max(8, Count + (Count >> 1)));
            }

            _events[Count++] = added;
        }
        else
        {
            var at = LowerBound(added.TimeMs + 1);
            var moved = new FeedbackEvent[Math.Max(8, Count + 1 + (Count >> 2))];
            _events.AsSpan(0, at).CopyTo(moved);
            moved[at] = added;
            _events.AsSpan(at, Count - at).CopyTo(moved.AsSpan(at + 1));
            _events = moved;
            Count++;
        }

        if (comment.Length > 0)
        {
            (_comments ??= [])[(added.Type, added.Item)] = comment;
        }
    }

    /// <summary>Removes all events of an item, of one type or (-1) of all.</summary>
    /// <returns>How many types lost events.</returns>
    public int Remove(int type, int item)
    {
        var types = new HashSet<int>();
        var kept = new FeedbackEvent[Count];
        var count = 0;
        foreach (ref readonly var e in Events)
        {
            if (e.Item == item && (type < 0 || e.Type == type))
            {
                types.Add(e.Type);
                _comments?.Remove((e.Type, item));
            }
            else
            {
                kept[count++] = e;
            }
        }

        if (types.Count > 0)
        {
            _events = kept;
            Count = count;
        }

        return types.Count;
    }

    private int LowerBound(long timeMs)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_events[middle].TimeMs < timeMs)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
