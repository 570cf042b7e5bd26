namespace Lepton.Orleans.Silo.Streams;

/// <summary>Messages of one partition in a row, at least one.</summary>
[GenerateSerializer, Immutable, Alias("lepton.FeedbackMessages")]
internal sealed record FeedbackMessages
{
    /// <summary>Which topic they stand in, see <see cref="FeedbackOrigin.Source"/>.</summary>
    [Id(0)] public required uint Source { get; init; }

    /// <summary>The messages, in their order.</summary>
    [Id(1)] public required IReadOnlyList<FeedbackMessage> Messages { get; init; }
}
