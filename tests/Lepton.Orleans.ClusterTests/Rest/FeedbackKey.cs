namespace Lepton.Orleans.ClusterTests.Rest;

/// <summary>What makes a feedback one and the same.</summary>
internal readonly record struct FeedbackKey(string FeedbackType, string UserId, string ItemId)
{
    public override string ToString() => $"{FeedbackType} of {UserId} on {ItemId}";
}
