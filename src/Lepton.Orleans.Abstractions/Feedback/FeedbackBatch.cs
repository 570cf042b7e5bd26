namespace Lepton.Orleans;

/// <summary>Feedback of one user, applied as a whole.</summary>
[GenerateSerializer, Immutable, Alias("lepton.FeedbackBatch")]
public sealed record FeedbackBatch
{
    /// <summary>The rows, all of the same user.</summary>
    [Id(0)] public required IReadOnlyList<Feedback> Rows { get; init; }

    /// <summary>
    /// False (<c>POST</c>): a value is added to what is there and the earliest timestamp stays.
    /// True (<c>PUT</c>): value, timestamp and comment replace what is there.
    /// </summary>
    [Id(1)] public bool Overwrite { get; init; }

    /// <summary>Where the rows come from, when that is a log that may be read again; <see langword="null"/> for anything else.</summary>
    [Id(2)] public FeedbackOrigin? Origin { get; init; }

    /// <summary>
    /// Whether rows are left out of which the user has an event of their type and item that is dated ahead of the clock, as a
    /// delayed write-back is: the one that comes first stands.
    /// </summary>
    [Id(3)] public bool UnlessAhead { get; init; }
}
