namespace Lepton.Orleans.Cli.Importing;

/// <summary>How an import is sent.</summary>
internal sealed record ImportOptions
{
    /// <summary>How many rows a request carries at the most.</summary>
    public int BatchRows { get; init; } = 1000;

    /// <summary>How many bytes of rows a request carries, give or take one row.</summary>
    public int BatchBytes { get; init; } = 1024 * 1024;

    /// <summary>How many requests are under way at once.</summary>
    public int Lanes { get; init; } = 4;

    /// <summary>Whether rows that break a rule are counted and passed over instead of ending the import.</summary>
    public bool SkipBad { get; init; }

    /// <summary>Whether to start over where an earlier run was interrupted.</summary>
    public bool Restart { get; init; }

    /// <summary>
    /// The time of feedback that has none of its own: this, plus a millisecond for each line before it. The same file so gives the same
    /// times whenever it is imported.
    /// </summary>
    public DateTime TimestampBase { get; init; } = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>How often the position is kept for a later run.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromSeconds(1);
}
