namespace Lepton.Orleans.Silo.Streams;

/// <summary>A message of the topic, read.</summary>
[GenerateSerializer, Immutable, Alias("lepton.FeedbackMessage")]
internal sealed record FeedbackMessage
{
    /// <summary>Which partition it stands in.</summary>
    [Id(0)] public required int Partition { get; init; }

    /// <summary>Where it stands there.</summary>
    [Id(1)] public required long Offset { get; init; }

    /// <summary>Its key.</summary>
    [Id(2)] public byte[]? Key { get; init; }

    /// <summary>Its value; <see langword="null"/>: a tombstone.</summary>
    [Id(3)] public byte[]? Value { get; init; }

    /// <summary>Its own time, in milliseconds since 1970.</summary>
    [Id(7)] public long TimestampMs { get; init; }

    /// <summary>Its headers; <see langword="null"/> where it has none.</summary>
    [Id(8)] public KeyValuePair<string, byte[]?>[]? Headers { get; init; }

    /// <summary>The feedback in it.</summary>
    [Id(4)] public IReadOnlyList<Feedback> Rows { get; init; } = [];

    /// <summary>The user that a tombstone erases.</summary>
    [Id(5)] public string? Erased { get; init; }
}
