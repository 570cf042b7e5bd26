namespace Lepton.Orleans.Engine.Samples;

/// <summary>A user in the course of time: taste, what they have seen, and when they come next.</summary>
internal sealed class SampleViewer
{
    private const int Remembered = 8;

    private readonly HashSet<int> _seen = [];
    private SampleClock _clock;
    private DateTime _last;
    private int _remaining;

    /// <summary>A user who has seen nothing yet.</summary>
    public SampleViewer(SampleRandom random, DateTime joined, SampleTaste taste)
    {
        Random = random;
        Taste = taste;
        _clock = new SampleClock(joined, taste.LastSeen);
        _last = joined;
        _remaining = taste.Events;
    }

    /// <summary>The user's own random numbers: what one does changes nothing for the others.</summary>
    public SampleRandom Random { get; }

    /// <summary>What they like.</summary>
    public SampleTaste Taste { get; }

    /// <summary>The films they liked last, the newest at the end.</summary>
    public List<int> Liked { get; } = new(Remembered);

    /// <summary>Whether they have seen a film.</summary>
    public bool HasSeen(int film) => _seen.Contains(film);

    /// <summary>Notes a film.</summary>
    public void Saw(int film, bool liked)
    {
        _seen.Add(film);
        if (liked)
        {
            if (Liked.Count == Remembered)
            {
                Liked.RemoveAt(0);
            }

            Liked.Add(film);
        }
    }

    /// <summary>When they come next, or <see langword="null"/> when they are done.</summary>
    /// <param name="now">The end of the sample.</param>
    public DateTime? NextMoment(DateTime now)
    {
        if (_remaining == 0 || _clock.Next(Random, _last, now, _remaining) is not { } moment)
        {
            return null;
        }

        _remaining--;
        _last = moment;
        return moment;
    }
}
