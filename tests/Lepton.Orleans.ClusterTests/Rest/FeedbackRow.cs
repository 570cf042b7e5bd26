using System.Text.Json.Serialization;

namespace Lepton.Orleans.ClusterTests.Rest;

/// <summary>Feedback as the API takes and gives it.</summary>
internal sealed record FeedbackRow
{
    public required string FeedbackType { get; init; }

    public required string UserId { get; init; }

    public required string ItemId { get; init; }

    public double Value { get; init; }

    /// <summary>Absent: now, and an event of its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTime? Timestamp { get; init; }

    public string Comment { get; init; } = "";

    [JsonIgnore]
    public FeedbackKey Key => new(FeedbackType, UserId, ItemId);
}
