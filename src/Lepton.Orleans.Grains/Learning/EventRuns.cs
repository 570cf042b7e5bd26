using Lepton.Orleans.Engine.Recurrence;

namespace Lepton.Orleans.Grains.Learning;

/// <summary>Runs of events in the order in which they came, and when; the oldest go where there are too many.</summary>
/// <param name="capacity">How many numbers are kept at the most, in all runs.</param>
internal sealed class EventRuns(int capacity)
{
    private readonly Queue<(long TimeMs, int[] Events)> _runs = new();

    /// <summary>How many numbers there are in all runs.</summary>
    public int Length { get; private set; }

    /// <summary>Puts a run behind the others.</summary>
    /// <returns>How many events of older runs had to go.</returns>
    public int Add(long timeMs, int[] events)
    {
        _runs.Enqueue((timeMs, events));
        Length += events.Length;
        var gone = 0;
        while (Length > capacity && TryTake(out _, out var oldest))
        {
            ReadOnlySpan<int> left = oldest;
            while (EventContexts.TryTake(ref left, out _, out _))
            {
                gone++;
            }
        }

        return gone;
    }

    /// <summary>Takes the oldest run out, with the time that it was put in with.</summary>
    public bool TryTake(out long timeMs, out int[] events)
    {
        var any = _runs.TryDequeue(out var oldest);
        (timeMs, events) = any ? oldest : (0, []);
        Length -= events.Length;
        return any;
    }

    /// <summary>The runs that came at a time or after it.</summary>
    public IEnumerable<(long TimeMs, int[] Events)> Since(long timeMs) => _runs.Where(run => run.TimeMs >= timeMs);

    /// <summary>All runs in one, which are then gone.</summary>
    public int[] Drain()
    {
        int[] all = [.. _runs.SelectMany(static run => run.Events)];
        _runs.Clear();
        Length = 0;
        return all;
    }
}
