namespace Lepton.Orleans.Grains;

/// <summary>Says when what goes on failing is worth another line in the log: at once, and then at intervals that double.</summary>
/// <param name="clock">The clock.</param>
/// <param name="first">The first interval.</param>
/// <param name="longest">The longest one.</param>
public sealed class RisingInterval(TimeProvider clock, TimeSpan first, TimeSpan longest)
{
    private TimeSpan _interval;
    private long _last;

    /// <summary>Hears of another failure.</summary>
    /// <returns>Whether it is to be told.</returns>
    public bool IsDue()
    {
        if (_interval > TimeSpan.Zero && clock.GetElapsedTime(_last) < _interval)
        {
            return false;
        }

        _interval = _interval == TimeSpan.Zero ? first : _interval * 2 < longest ? _interval * 2 : longest;
        _last = clock.GetTimestamp();
        return true;
    }

    /// <summary>Hears that it works again: the next failure is told at once.</summary>
    public void Reset() => _interval = TimeSpan.Zero;
}
