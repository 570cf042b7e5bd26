using System.Text.Json.Serialization;

namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>What went wrong, as RFC 9457 defines it.</summary>
internal sealed record ProblemDocument
{
    /// <summary>Always about:blank: the title is that of the status.</summary>
    [JsonPropertyName("type")] public required string Type { get; init; }

    /// <summary>The status in words.</summary>
    [JsonPropertyName("title")] public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    [JsonPropertyName("status")] public required int Status { get; init; }

    /// <summary>What went wrong, for a person.</summary>
    [JsonPropertyName("detail")] public required string Detail { get; init; }

    /// <summary>The field that breaks a rule, such as [3].UserId, and the rule.</summary>
    [JsonPropertyName("errors")] public IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors { get; init; }
}
