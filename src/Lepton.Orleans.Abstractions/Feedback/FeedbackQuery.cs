namespace Lepton.Orleans;

/// <summary>Which feedback to list.</summary>
[GenerateSerializer, Immutable, Alias("lepton.FeedbackQuery")]
public sealed record FeedbackQuery
{
    /// <summary>Only this type; <see langword="null"/> for all.</summary>
    [Id(0)] public string? FeedbackType { get; init; }

    /// <summary>Only on this item; <see langword="null"/> for all.</summary>
    [Id(1)] public string? ItemId { get; init; }

    /// <summary>How many at the most.</summary>
    [Id(2)] public int Count { get; init; } = int.MaxValue;

    /// <summary>Where the page starts: empty, or the cursor of the page before.</summary>
    [Id(3)] public string Cursor { get; init; } = "";

    /// <summary>Only on these items; <see langword="null"/> for all.</summary>
    [Id(4)] public IReadOnlyList<string>? ItemIds { get; init; }
}
