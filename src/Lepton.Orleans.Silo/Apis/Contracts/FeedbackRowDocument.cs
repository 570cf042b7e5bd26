namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>Feedback to record.</summary>
internal sealed record FeedbackRowDocument : FeedbackDocument
{
    /// <summary>A name for this event: the same one again within 24 hours changes nothing.</summary>
    public string? EventId { get; init; }
}
