namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>What a user did with an item; type, user and item are its key.</summary>
internal record FeedbackDocument
{
    /// <summary>What was done, such as like or read.</summary>
    public required string FeedbackType { get; init; }

    /// <summary>Who did it.</summary>
    public required string UserId { get; init; }

    /// <summary>With which item.</summary>
    public required string ItemId { get; init; }

    /// <summary>How much or how often: a rating, a play count, a watch time.</summary>
    public double Value { get; init; }

    /// <summary>When: ISO 8601 (UTC where no zone is given), or a date; empty for now.</summary>
    public string? Timestamp { get; init; }

    /// <summary>Free text, up to 4096 characters.</summary>
    public string? Comment { get; init; }
}
