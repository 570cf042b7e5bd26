using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Lepton.Orleans.Grains.Replication;

namespace Lepton.Orleans.Grains.Users;

/// <summary>Between feedback as callers send and see it and the events of a history.</summary>
internal static class UserFeedback
{
    private const char Separator = '/';

    // So many events are searched in about a microsecond.
    private const int MaxSearched = 2048;

    // Among so few a search costs less than making a set of them.
    private const int Few = 16;

    /// <summary>Checks every row of a batch, and numbers the types that have no number yet.</summary>
    /// <exception cref="InvalidFeedbackException">A row breaks a rule.</exception>
    public static void Validate(FeedbackBatch batch, string userId, DateTime now)
    {
        for (var i = 0; i < batch.Rows.Count; i++)
        {
            var row = batch.Rows[i];
            if (FeedbackRules.Violation(row, now) is { } violation)
            {
                throw new InvalidFeedbackException(i, violation.Field, violation.Rule);
            }

            if (row.UserId != userId)
            {
                throw new InvalidFeedbackException(i, nameof(Feedback.UserId), $"must be '{userId}', the user of the batch");
            }
        }

        FeedbackTypes.Admit(batch.Rows);
    }

    /// <summary>Whether the types of all rows have their numbers already.</summary>
    public static bool KnowsTypes(ReadOnlySpan<Feedback> rows)
    {
        foreach (var row in rows)
        {
            if (!FeedbackTypes.Knows(row.FeedbackType))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What rows change; of overwriting rows with one key, the last counts.</summary>
    /// <param name="history">The history before the rows.</param>
    /// <param name="known">The names of events before the rows.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="overwrite">See <see cref="FeedbackBatch.Overwrite"/>.</param>
    /// <param name="numbers">The rows' item numbers.</param>
    /// <param name="now">The time of rows without one.</param>
    /// <param name="window">For how long the name of an event is known.</param>
    /// <param name="times">See <see cref="FeedbackOrigin.Times"/>.</param>
    /// <param name="firstTime">Which of them is that of the first row.</param>
    /// <exception cref="EventIdReusedException">A name came again with another content.</exception>
    public static FeedbackChanges Changes(
        FeedbackHistory history,
        EventNames? known,
        ReadOnlySpan<Feedback> rows,
        bool overwrite,
        ReadOnlySpan<int> numbers,
        DateTime now,
        TimeSpan window,
        IReadOnlyList<long>? times = null,
        int firstTime = 0)
    {
        var nowMs = Milliseconds(now);
        var changes = new (FeedbackEvent Event, string Comment)[rows.Length];
        EventName[] names = [];
        List<EventName>? idle = null;
        var (count, repeated) = (0, 0);
        var seen = rows.Length > Few && !overwrite ? new HashSet<(int Type, int Item, long TimeMs)>() : null;
        var last = rows.Length > 1 && overwrite ? LastRows(rows, numbers) : null;
        var there = overwrite ? history.EventsOf(numbers) : null;
        Dictionary<UInt128, uint>? named = null;
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            var name = EventName.Of(row, overwrite);
            var final = last is null ? i : last[(row.FeedbackType, numbers[i])];
            if (name.IsGiven && final != i && EventName.Of(rows[final], overwrite) is var other && other.Id == name.Id)
            {
                if (other != name)
                {
                    throw new EventIdReusedException(i, row.UserId);
                }

                // What becomes of the other one goes for both.
                continue;
            }

            if (name.IsGiven)
            {
                if (!(named ??= []).TryAdd(name.Id, name.Content))
                {
                    if (named[name.Id] != name.Content)
                    {
                        throw new EventIdReusedException(i, row.UserId);
                    }

                    continue;
                }

                if (known?.Find(name, Milliseconds(now - window)) is var (content, isIdle))
                {
                    repeated += content != name.Content ? throw new EventIdReusedException(i, row.UserId) : isIdle ? 0 : 1;
                    continue;
                }
            }

            if (final != i)
            {
                AddIdle(ref idle, name);
                continue;
            }

            var time = row.Timestamp is { } given ? Milliseconds(given)
                : times?[firstTime + i] is { } told && told >= 0 && told < nowMs ? told
                : nowMs;
            var candidate = FeedbackEvent.FromStored(numbers[i], (float)row.Value, time, FeedbackTypes.NumberOf(row.FeedbackType), row.Timestamp is not null);
            var isKnown = there is not null
                ? there.TryGetValue(candidate.Item, out var before) && IsInPlace(before, candidate, history.CommentOf(candidate.Type, candidate.Item) == (row.Comment ?? ""))
                : candidate.IsExplicit && (history.Contains(candidate) || !IsFirst(candidate, changes.AsSpan(0, count), seen));
            if (!isKnown)
            {
                if (name.IsGiven)
                {
                    Array.Resize(ref names, rows.Length);
                    names[count] = name;
                }

                changes[count++] = (candidate, row.Comment ?? "");
            }
            else
            {
                AddIdle(ref idle, name);
            }
        }

        Array.Resize(ref changes, count);
        return new FeedbackChanges(changes, there is null ? changes : NotThere(changes, there), names, repeated, idle is null ? [] : [.. idle]);
    }

    /// <summary>The rows, and their items' numbers, of whose type and item nothing is dated ahead of the clock yet.</summary>
    public static (Feedback[] Rows, int[] Numbers) NotAhead(FeedbackHistory history, Feedback[] rows, int[] numbers, DateTime now)
    {
        var ahead = new HashSet<(int Type, int Item)>();
        foreach (ref readonly var e in history.Events[HistoryReader.CountUntil(history.Events, Milliseconds(now))..])
        {
            _ = ahead.Add((e.Type, e.Item));
        }

        var left = Array.FindAll([.. Enumerable.Range(0, rows.Length)], i => !ahead.Contains((FeedbackTypes.NumberOf(rows[i].FeedbackType), numbers[i])));
        return (Array.ConvertAll(left, i => rows[i]), Array.ConvertAll(left, i => numbers[i]));
    }

    /// <summary>
    /// The distinct items of events that a history does not mention, in the order of the events. One that was last met long
    /// ago may be among them, so that a long history costs no more than a short one: an index can be told twice.
    /// </summary>
    /// <param name="history">The history before the events.</param>
    /// <param name="events">The events.</param>
    public static List<int> NewItems(FeedbackHistory history, ReadOnlySpan<(FeedbackEvent Event, string Comment)> events)
    {
        var items = new List<int>(events.Length);
        var seen = events.Length <= Few ? null : new HashSet<int>(events.Length);
        foreach (ref readonly var added in events)
        {
            if ((seen is null ? !items.Contains(added.Event.Item) : seen.Add(added.Event.Item)) && !history.Mentions(added.Event.Item, MaxSearched))
            {
                items.Add(added.Event.Item);
            }
        }

        return items;
    }

    /// <summary>How many types of feedback a history has on an item.</summary>
    public static int TypesOf(FeedbackHistory history, int item, string? type)
    {
        var types = new HashSet<int>();
        foreach (ref readonly var e in history.Events)
        {
            if (e.Item == item && (type is null || FeedbackTypes.NameOf(e.Type) == type))
            {
                types.Add(e.Type);
            }
        }

        return types.Count;
    }

    /// <summary>
    /// One page of a history as callers see it: one entry per type and item, with the sum of the values and the earliest
    /// time, ordered by type and item id. Items that were deleted are left out.
    /// </summary>
    /// <exception cref="InvalidCursorException">The cursor is not one of this list.</exception>
    public static Page<Feedback> Page(FeedbackHistory history, string userId, FeedbackQuery query, CatalogReplica catalog)
    {
        var places = Places(history, query, catalog);
        var isLast = places.Count <= query.Count;
        if (!isLast)
        {
            _ = places.Remove(places.Max);
        }

        var sums = places.ToDictionary(place => (place.TypeNumber, place.Number), static _ => (Value: 0d, Time: DateTime.MaxValue));
        foreach (ref readonly var e in history.Events)
        {
            ref var sum = ref CollectionsMarshal.GetValueRefOrNullRef(sums, (e.Type, e.Item));
            if (!Unsafe.IsNullRef(ref sum))
            {
                // The oldest comes first.
                sum = (sum.Value + e.Value, sum.Time == DateTime.MaxValue ? e.Time : sum.Time);
            }
        }

        var entries = new List<Feedback>(places.Count);
        foreach (var place in places)
        {
            var (value, time) = sums[(place.TypeNumber, place.Number)];
            entries.Add(new Feedback
            {
                FeedbackType = place.Type,
                UserId = userId,
                ItemId = place.Item,
                Value = value,
                Timestamp = time,
                Comment = history.CommentOf(place.TypeNumber, place.Number),
            });
        }

        return new Page<Feedback>(entries, isLast ? "" : entries.Count == 0 ? query.Cursor : entries[^1].FeedbackType + Separator + entries[^1].ItemId);
    }

    // The entries of a page and the one after it: what is held grows with the page and not with the history.
    private static SortedSet<Place> Places(FeedbackHistory history, FeedbackQuery query, CatalogReplica catalog)
    {
        var after = ParseCursor(query.Cursor);
        var onlyItem = query.ItemId is null ? -1 : catalog.NumberOf(query.ItemId);
        var wanted = query.ItemIds?.Select(catalog.NumberOf).ToHashSet();
        var places = new SortedSet<Place>(Comparer<Place>.Create(static (a, b) => Compare((a.Type, a.Item), (b.Type, b.Item))));
        if (query.ItemId is not null && onlyItem < 0)
        {
            return places;
        }

        var last = default(Place?);
        foreach (ref readonly var e in history.Events)
        {
            var type = FeedbackTypes.NameOf(e.Type);
            if ((onlyItem >= 0 && e.Item != onlyItem)
                || wanted?.Contains(e.Item) is false
                || (query.FeedbackType is not null && type != query.FeedbackType)
                || catalog.Entry(e.Item) is not { IsDeleted: false } entry
                || (after is { } before && Compare((type, entry.ItemId), before) <= 0)
                || (last is { } highest && Compare((type, entry.ItemId), (highest.Type, highest.Item)) >= 0)
                || !places.Add(new Place(type, entry.ItemId, e.Type, e.Item)))
            {
                continue;
            }

            if (places.Count - 1 > query.Count)
            {
                _ = places.Remove(places.Max);
            }

            last = places.Count - 1 == query.Count ? places.Max : null;
        }

        return places;
    }

    private static void AddIdle(ref List<EventName>? idle, EventName name)
    {
        if (name.IsGiven)
        {
            (idle ??= []).Add(name);
        }
    }

    private static long Milliseconds(DateTime time) => (long)(time - DateTime.UnixEpoch).TotalMilliseconds;

    // Whether no event before has the same type, item and explicit time.
    private static bool IsFirst(in FeedbackEvent candidate, ReadOnlySpan<(FeedbackEvent Event, string Comment)> before, HashSet<(int Type, int Item, long TimeMs)>? seen)
    {
        if (seen is not null)
        {
            return seen.Add((candidate.Type, candidate.Item, candidate.TimeMs));
        }

        foreach (ref readonly var other in before)
        {
            if (other.Event.Item == candidate.Item && other.Event.Type == candidate.Type && other.Event.TimeMs == candidate.TimeMs && other.Event.IsExplicit)
            {
                return false;
            }
        }

        return true;
    }

    private static Dictionary<(string Type, int Item), int> LastRows(ReadOnlySpan<Feedback> rows, ReadOnlySpan<int> numbers)
    {
        var last = new Dictionary<(string Type, int Item), int>(numbers.Length);
        for (var i = 0; i < numbers.Length; i++)
        {
            last[(rows[i].FeedbackType, numbers[i])] = i;
        }

        return last;
    }

    // What is put in another's place is no new meeting of this user and that item.
    private static (FeedbackEvent Event, string Comment)[] NotThere((FeedbackEvent Event, string Comment)[] changes, Dictionary<int, List<FeedbackEvent>> there) =>
        Array.FindAll(changes, c => !there.TryGetValue(c.Event.Item, out var before) || before.Count == 0);

    private static bool IsInPlace(List<FeedbackEvent> before, FeedbackEvent candidate, bool isCommentInPlace)
    {
        var same = before.FindAll(e => e.Type == candidate.Type);
        return same.Count == 1 && same[0].Equals(candidate) && isCommentInPlace;
    }

    private static int Compare((string Type, string Item) a, (string Type, string Item) b) =>
        string.CompareOrdinal(a.Type, b.Type) is var order and not 0 ? order : string.CompareOrdinal(a.Item, b.Item);

    private static (string Type, string Item)? ParseCursor(string cursor)
    {
        if (cursor.Length == 0)
        {
            return null;
        }

        // Neither a type nor an item id can contain the separator.
        var at = cursor.IndexOf(Separator, StringComparison.Ordinal);
        return at < 0 ? throw new InvalidCursorException(cursor) : (cursor[..at], cursor[(at + 1)..]);
    }

    // Where a feedback stands in the order of pages.
    private readonly record struct Place(string Type, string Item, int TypeNumber, int Number);
}
