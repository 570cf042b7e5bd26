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

    /// <summary>The name of the event, under which it may be sent again.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? EventId { get; init; }

    /// <summary>The name of a request that holds this row alone, under which it may be sent again.</summary>
    [JsonIgnore]
    public string? RequestKey { get; init; }

    /// <summary>Whether any number of sends is one event.</summary>
    [JsonIgnore]
    public bool MayRepeat => Timestamp is not null || EventId is not null || RequestKey is not null;

    [JsonIgnore]
    public FeedbackKey Key => new(FeedbackType, UserId, ItemId);
}
