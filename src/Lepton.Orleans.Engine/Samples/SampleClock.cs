namespace Lepton.Orleans.Engine.Samples;

/// <summary>
/// Draws the moments of a user's events one after the other, without keeping them: the smallest of k uniform numbers in the
/// time that is left, then the next. Days are bent so that evenings are busy and nights are not.
/// </summary>
internal struct SampleClock
{
    // Part of a day's events before each full hour, UTC.
    private static readonly double[] BeforeHour =
    [
        0, .03, .045, .053, .058, .062, .068, .077, .09, .107, .13, .16, .195, .235, .28, .325, .37, .42, .48, .555, .655, .77, .875, .95, 1,
    ];

    private readonly double _end;
    private double _at;

    /// <summary>Starts before the first event.</summary>
    public SampleClock(DateTime from, DateTime to)
    {
        _at = Flat(from);
        _end = Math.Max(_at, Flat(to));
    }

    /// <summary>The moment of the next event, later than the one before by a minute at the least, or <see langword="null"/> where no time is left.</summary>
    /// <param name="random">The user's random numbers.</param>
    /// <param name="last">The event before.</param>
    /// <param name="limit">No event is later.</param>
    /// <param name="remaining">How many events are still to come, with this one.</param>
    public DateTime? Next(SampleRandom random, DateTime last, DateTime limit, int remaining)
    {
        DateTime next;
        if (random.Chance(0.45) && last.AddMinutes(170) < limit)
        {
            next = WholeSeconds(last.AddMinutes(random.Between(85, 170)));
            _at = Math.Max(_at, Flat(next));
        }
        else
        {
            _at += (_end - _at) * (1 - Math.Pow(random.Uniform(), 1.0 / remaining));
            next = WholeSeconds(Bent(_at));
        }

        if (next < last.AddMinutes(1))
        {
            next = last.AddMinutes(1);
        }

        return next < limit ? next : null;
    }

    /// <summary>Cuts off what is less than a second.</summary>
    public static DateTime WholeSeconds(DateTime time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);

    /// <summary>Days since year 1 in which every moment is equally busy.</summary>
    private static double Flat(DateTime time)
    {
        var hour = time.Hour;
        var within = (time.TimeOfDay.TotalHours - hour) * (BeforeHour[hour + 1] - BeforeHour[hour]);
        return (time.Ticks / TimeSpan.TicksPerDay) + BeforeHour[hour] + within;
    }

    private static DateTime Bent(double flat)
    {
        var day = Math.Floor(flat);
        var part = flat - day;
        var hour = 0;
        while (hour < 23 && BeforeHour[hour + 1] <= part)
        {
            hour++;
        }

        var within = (part - BeforeHour[hour]) / (BeforeHour[hour + 1] - BeforeHour[hour]);
        return new DateTime((long)day * TimeSpan.TicksPerDay, DateTimeKind.Utc).AddHours(hour + within);
    }
}
