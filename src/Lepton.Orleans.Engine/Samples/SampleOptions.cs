namespace Lepton.Orleans.Engine.Samples;

/// <summary>How large a sample catalogue is, and when it ends. Equal options give equal samples.</summary>
public sealed record SampleOptions
{
    /// <summary>What the random numbers start from.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many items, at least 1.</summary>
    public int Items { get; init; } = 3000;

    /// <summary>How many users, at least 1.</summary>
    public int Users { get; init; } = 1500;

    /// <summary>How many events a user has on average, at least 1; the busiest have many times as many, most have fewer.</summary>
    public int EventsPerUser { get; init; } = 60;

    /// <summary>When the sample ends, UTC: nothing in it is later. The year 1990 at the earliest.</summary>
    public required DateTime Now { get; init; }

    /// <summary>Throws where a value is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the option and its limit.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Items, 1, nameof(Items));
        ArgumentOutOfRangeException.ThrowIfLessThan(Users, 1, nameof(Users));
        ArgumentOutOfRangeException.ThrowIfLessThan(EventsPerUser, 1, nameof(EventsPerUser));
        ArgumentOutOfRangeException.ThrowIfLessThan(Now.Year, 1990, nameof(Now));
    }
}
