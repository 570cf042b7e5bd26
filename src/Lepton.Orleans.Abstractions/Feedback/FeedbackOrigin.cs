namespace Lepton.Orleans;

/// <summary>
/// Where the rows of a batch stand in a log that may be read more than once. It is kept with the user's state, so that a row
/// that comes again changes nothing, however much later.
/// </summary>
[GenerateSerializer, Immutable, Alias("lepton.FeedbackOrigin")]
public sealed record FeedbackOrigin
{
    /// <summary>Which log, as a number that another log of the same name does not have.</summary>
    [Id(0)] public required uint Source { get; init; }

    /// <summary>Which part of the log.</summary>
    [Id(1)] public required int Partition { get; init; }

    /// <summary>The offsets of the rows, place by place, ascending; rows of one message have one offset and come together.</summary>
    [Id(2)] public required IReadOnlyList<long> Offsets { get; init; }

    /// <summary>
    /// The log's own times of the rows, place by place, in milliseconds since 1970: when a row happened that does not say so
    /// itself. Absent, before 1970 or ahead of the clock: it is dated when it is applied.
    /// </summary>
    [Id(3)] public IReadOnlyList<long>? Times { get; init; }
}
