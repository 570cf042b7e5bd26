using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Hosting;

/// <summary>What feedback means: <c>Lepton:Feedback</c>. Expressions are a type, or a type, an operator and a number (<c>rating&gt;=4</c>).</summary>
public sealed class FeedbackOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Lepton:Feedback";

    /// <summary>What counts as liking; empty: every type that is neither negative nor read.</summary>
    public IList<string> PositiveTypes { get; } = [];

    /// <summary>What counts as disliking; empty: <c>dislike</c>, <c>skip</c>, <c>hide</c>.</summary>
    public IList<string> NegativeTypes { get; } = [];

    /// <summary>What only says that an item was seen; empty: <c>read</c>, <c>view</c>, <c>impression</c>.</summary>
    public IList<string> ReadTypes { get; } = [];

    /// <summary>For how long a repeated <c>EventId</c> or <c>Idempotency-Key</c> is known.</summary>
    public TimeSpan RepetitionWindow { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Used where <see cref="NegativeTypes"/> is empty.</summary>
    public static IReadOnlyList<string> DefaultNegativeTypes { get; } = ["dislike", "skip", "hide"];

    /// <summary>Used where <see cref="ReadTypes"/> is empty.</summary>
    public static IReadOnlyList<string> DefaultReadTypes { get; } = ["read", "view", "impression"];

    /// <summary>The settings, compiled.</summary>
    /// <exception cref="FormatException">An expression cannot be read.</exception>
    internal FeedbackPolicy ToPolicy() => new(
        [.. PositiveTypes],
        NegativeTypes.Count > 0 ? [.. NegativeTypes] : DefaultNegativeTypes,
        ReadTypes.Count > 0 ? [.. ReadTypes] : DefaultReadTypes);
}
