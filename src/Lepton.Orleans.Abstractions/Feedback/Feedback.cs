namespace Lepton.Orleans;

/// <summary>What a user did with an item. Type, user and item are its key.</summary>
[GenerateSerializer, Immutable, Alias("lepton.Feedback")]
public sealed record Feedback
{
    /// <summary>What was done, such as <c>like</c> or <c>read</c>.</summary>
    [Id(0)] public required string FeedbackType { get; init; }

    /// <summary>Who did it.</summary>
    [Id(1)] public required string UserId { get; init; }

    /// <summary>With which item.</summary>
    [Id(2)] public required string ItemId { get; init; }

    /// <summary>How much or how often: a rating, a play count, a watch time.</summary>
    [Id(3)] public double Value { get; init; }

    /// <summary>
    /// When, UTC, to the millisecond; <see langword="null"/> stands for now and makes the feedback an event of its own.
    /// A repeated feedback with the same explicit timestamp changes nothing.
    /// </summary>
    [Id(4)] public DateTime? Timestamp { get; init; }

    /// <summary>Free text.</summary>
    [Id(5)] public string Comment { get; init; } = "";

    /// <summary>
    /// The caller's own name for this event, one among all of the user's, or <see langword="null"/>: within the window of
    /// <c>Lepton:Feedback:RepetitionWindow</c> (24 hours) the same name again changes nothing and counts as it did at first.
    /// </summary>
    [Id(6)] public string? EventId { get; init; }
}
