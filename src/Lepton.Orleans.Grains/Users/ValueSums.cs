using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// The sums of values by type and item, of a history that is read from its newest event back: only of what is met that way. A
/// list asks for the newest of a history, so what is kept is bounded by what it asks for, and the rest is passed over once.
/// </summary>
internal sealed class ValueSums
{
    // What a list needs is as good as always among so many.
    private const int FirstLook = 512;

    private readonly Dictionary<(int Type, int Item), double> _sums = [];
    private int _known;

    /// <summary>The sum over all events of an event's type and item.</summary>
    /// <param name="events">The history, oldest first, the same at every call.</param>
    /// <param name="index">Which event; no later one than at the call before.</param>
    public double Of(ReadOnlySpan<FeedbackEvent> events, int index)
    {
        if (index < events.Length - _known)
        {
            Know(events, Math.Min(events.Length, Math.Max(FirstLook, 4 * _known)));
        }

        return _sums[(events[index].Type, events[index].Item)];
    }

    // Of more and more at once, so that however far back somebody reads there are few passes.
    private void Know(ReadOnlySpan<FeedbackEvent> events, int count)
    {
        Span<ulong> words = stackalloc ulong[ItemFilter.Words];
        words.Clear();
        var wanted = new ItemFilter(words);
        var (from, until) = (events.Length - count, events.Length - _known);
        var added = new Dictionary<(int Type, int Item), double>(until - from);
        foreach (ref readonly var e in events[from..until])
        {
            // What a newer event has brought is summed already, over everything.
            if (!_sums.ContainsKey((e.Type, e.Item)))
            {
                added[(e.Type, e.Item)] = 0;
                wanted.Add(e.Item);
            }
        }

        foreach (ref readonly var e in events[..until])
        {
            if (wanted.MayHold(e.Item))
            {
                ref var sum = ref CollectionsMarshal.GetValueRefOrNullRef(added, (e.Type, e.Item));
                if (!Unsafe.IsNullRef(ref sum))
                {
                    sum += e.Value;
                }
            }
        }

        foreach (var (key, sum) in added)
        {
            _sums.Add(key, sum);
        }

        _known = count;
    }
}
