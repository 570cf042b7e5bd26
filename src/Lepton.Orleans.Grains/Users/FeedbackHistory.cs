using System.Numerics;
using System.Runtime.InteropServices;

namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// A user's events, ordered by time (equal times: by arrival). Each event is kept as it came; what callers see as one
/// feedback is the sum over the events of one type and item.
/// </summary>
/// <remarks>
/// Readers on other threads hold a <see cref="UserView"/>, an array and a count: what happens beyond that count is invisible
/// to them, and every other change works on a copy.
/// </remarks>
internal sealed class FeedbackHistory
{
    // Up to so many events are searched faster than anything could tell that they need not be.
    private const int Few = 16;
    private const int ItemsAWord = 8;

    private FeedbackEvent[] _events = [];

    // So many of them a view may show: those stay as they are.
    private int _shown;

    // A Bloom filter (Bloom, 1970) of the items, all bits of one in one word: most feedback is on something new, and who likes
    // it has not been here for a while, so that their events are far from the processor.
    private ulong[]? _filter;
    private Dictionary<(int Type, int Item), string>? _comments;

    /// <summary>How many events there are.</summary>
    public int Count { get; private set; }

    /// <summary>All events, oldest first.</summary>
    public ReadOnlySpan<FeedbackEvent> Events => _events.AsSpan(0, Count);

    /// <summary>A picture for readers on other threads.</summary>
    public UserView View(long version, long acknowledgedAt = 0)
    {
        _shown = Count;
        return new UserView(version, _events, Count, acknowledgedAt);
    }

    /// <summary>The comment of a feedback, or an empty string.</summary>
    public string CommentOf(int type, int item) => _comments is null ? "" : _comments.GetValueOrDefault((type, item), "");

    /// <summary>Whether this very event, named by type, item and explicit time, is already there.</summary>
    public bool Contains(in FeedbackEvent candidate)
    {
        var events = Events;
        for (var i = HistoryReader.CountUntil(events, candidate.TimeMs - 1); i < events.Length && events[i].TimeMs == candidate.TimeMs; i++)
        {
            if (events[i].Item == candidate.Item && events[i].Type == candidate.Type && events[i].IsExplicit)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether any event concerns an item.</summary>
    /// <param name="item">The item's number.</param>
    /// <param name="among">How many events are looked at, from the newest on; fewer than all may miss an old one.</param>
    public bool Mentions(int item, int among = int.MaxValue)
    {
        if (!MayMention(item))
        {
            return false;
        }

        var end = Count - Math.Min(Count, among);
        for (var i = Count - 1; i >= end; i--)
        {
            if (_events[i].Item == item)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The events of some items. All others are passed over once, however many items there are, and not at all where no event
    /// concerns any of them.
    /// </summary>
    public Dictionary<int, List<FeedbackEvent>> EventsOf(ReadOnlySpan<int> items)
    {
        var found = new Dictionary<int, List<FeedbackEvent>>();
        Span<ulong> words = stackalloc ulong[ItemFilter.Words];
        words.Clear();
        var wanted = new ItemFilter(words);
        foreach (var item in items)
        {
            if (MayMention(item) && found.TryAdd(item, []))
            {
                wanted.Add(item);
            }
        }

        if (found.Count > 0)
        {
            foreach (ref readonly var e in Events)
            {
                if (wanted.MayHold(e.Item) && found.TryGetValue(e.Item, out var events))
                {
                    events.Add(e);
                }
            }
        }

        return found;
    }

    /// <summary>The items that events concern.</summary>
    public HashSet<int> DistinctItems()
    {
        var items = new HashSet<int>();
        foreach (ref readonly var e in Events)
        {
            items.Add(e.Item);
        }

        return items;
    }

    /// <summary>Adds an event; a comment that is not empty replaces the one before.</summary>
    public void Add(in FeedbackEvent added, string comment)
    {
        if (Count > 0 && _events[Count - 1].TimeMs > added.TimeMs)
        {
            Merge([added]);
        }
        else
        {
            Reserve(1);
            _events[Count++] = added;
        }

        Note(added, comment);
    }

    /// <summary>Adds events as if one after the other, in the time that one costs and their number.</summary>
    public void Add(ReadOnlySpan<(FeedbackEvent Event, string Comment)> added)
    {
        if (IsInOrder(added))
        {
            // As what comes from a log does: nothing that is there needs to move.
            Reserve(added.Length);
            foreach (ref readonly var e in added)
            {
                _events[Count++] = e.Event;
                Note(e.Event, e.Comment);
            }

            return;
        }

        // Sorted by a stable sort: equal times stay in the order of arrival.
        var events = new FeedbackEvent[added.Length];
        var order = new (long TimeMs, int Arrival)[added.Length];
        for (var i = 0; i < added.Length; i++)
        {
            order[i] = (added[i].Event.TimeMs, i);
            Note(added[i].Event, added[i].Comment);
        }

        Array.Sort(order);
        for (var i = 0; i < order.Length; i++)
        {
            events[i] = added[order[i].Arrival].Event;
        }

        Merge(events);
    }

    /// <summary>Puts events in place of all those of their type and item; of several with one key the last counts.</summary>
    public void Replace(ReadOnlySpan<(FeedbackEvent Event, string Comment)> added)
    {
        var keys = new HashSet<(int Type, int Item)>(added.Length);
        var last = new List<(FeedbackEvent Event, string Comment)>(added.Length);
        for (var i = added.Length - 1; i >= 0; i--)
        {
            if (keys.Add((added[i].Event.Type, added[i].Event.Item)))
            {
                last.Add(added[i]);
            }
        }

        Drop(keys);
        foreach (var key in keys)
        {
            _comments?.Remove(key);
        }

        last.Reverse();
        Add(CollectionsMarshal.AsSpan(last));
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
            // The filter stays: it may say of more items than there are that they may be there.
            (_events, Count, _shown) = (kept, count, 0);
        }

        return types.Count;
    }

    // Whether events come after all that are there, one after the other.
    private bool IsInOrder(ReadOnlySpan<(FeedbackEvent Event, string Comment)> added)
    {
        var time = Count == 0 ? 0 : _events[Count - 1].TimeMs;
        foreach (ref readonly var e in added)
        {
            if (e.Event.TimeMs < time)
            {
                return false;
            }

            time = e.Event.TimeMs;
        }

        return true;
    }

    private void Reserve(int more)
    {
        if (Count + more > _events.Length)
        {
            Array.Resize(ref _events, Math.Max(8, Count + Math.Max(more, Count >> 1)));
            _shown = 0;
        }
    }

    // Removes the events of some types and items: in place, where nobody is shown what moves.
    private void Drop(HashSet<(int Type, int Item)> keys)
    {
        Span<ulong> words = stackalloc ulong[ItemFilter.Words];
        words.Clear();
        var wanted = new ItemFilter(words);
        var isAny = false;
        foreach (var (_, item) in keys)
        {
            if (MayMention(item))
            {
                wanted.Add(item);
                isAny = true;
            }
        }

        var first = isAny ? 0 : Count;
        while (first < Count && !(wanted.MayHold(_events[first].Item) && keys.Contains((_events[first].Type, _events[first].Item))))
        {
            first++;
        }

        if (first == Count)
        {
            return;
        }

        var kept = _events;
        if (first < _shown)
        {
            kept = new FeedbackEvent[Count + keys.Count];
            _events.AsSpan(0, first).CopyTo(kept);
        }

        var count = first;
        foreach (ref readonly var e in Events[first..])
        {
            if (!wanted.MayHold(e.Item) || !keys.Contains((e.Type, e.Item)))
            {
                kept[count++] = e;
            }
        }

        (_shown, _events, Count) = (first < _shown ? 0 : _shown, kept, count);
    }

    // Of equal times those that are there come first.
    private void Merge(ReadOnlySpan<FeedbackEvent> added)
    {
        if (added.IsEmpty)
        {
            return;
        }

        if (HistoryReader.CountUntil(Events, added[0].TimeMs) >= _shown)
        {
            MergeInPlace(added);
            return;
        }

        var merged = new FeedbackEvent[Math.Max(8, Count + added.Length + (Count >> 2))];
        var (count, from) = (0, 0);
        foreach (ref readonly var e in added)
        {
            var until = HistoryReader.CountUntil(Events, e.TimeMs);
            _events.AsSpan(from, until - from).CopyTo(merged.AsSpan(count));
            count += until - from;
            from = until;
            merged[count++] = e;
        }

        _events.AsSpan(from, Count - from).CopyTo(merged.AsSpan(count));
        (_events, Count, _shown) = (merged, Count + added.Length, 0);
    }

    // Nobody is shown what has to move: one event that is dated ahead costs those that come before it nothing.
    private void MergeInPlace(ReadOnlySpan<FeedbackEvent> added)
    {
        Reserve(added.Length);
        var (from, to) = (Count, Count + added.Length);
        for (var i = added.Length - 1; i >= 0; i--)
        {
            var place = HistoryReader.CountUntil(_events.AsSpan(0, from), added[i].TimeMs);
            to -= from - place;
            _events.AsSpan(place, from - place).CopyTo(_events.AsSpan(to));
            _events[--to] = added[i];
            from = place;
        }

        Count += added.Length;
    }

    private void Note(in FeedbackEvent e, string comment)
    {
        if (_filter is not null)
        {
            Mark(_filter, e.Item);
        }

        if (comment.Length > 0)
        {
            (_comments ??= [])[(e.Type, e.Item)] = comment;
        }
    }

    private bool MayMention(int item)
    {
        if (Count <= Few)
        {
            return true;
        }

        if (_filter is null || Count > ItemsAWord * _filter.Length)
        {
            _filter = new ulong[BitOperations.RoundUpToPowerOf2((uint)(Count / ItemsAWord) + 1)];
            foreach (ref readonly var e in Events)
            {
                Mark(_filter, e.Item);
            }
        }

        var (word, bits) = PlaceOf(_filter, item);
        return (_filter[word] & bits) == bits;
    }

    private static void Mark(ulong[] filter, int item)
    {
        var (word, bits) = PlaceOf(filter, item);
        filter[word] |= bits;
    }

    private static (int Word, ulong Bits) PlaceOf(ulong[] filter, int item)
    {
        // Fibonacci hashing: numbers of items are dense, and their products are not.
        var hash = (ulong)item * 0x9E3779B97F4A7C15UL;
        return ((int)(hash >> 44) & (filter.Length - 1), (1UL << (int)(hash >> 58)) | (1UL << (int)((hash >> 52) & 63)));
    }
}
