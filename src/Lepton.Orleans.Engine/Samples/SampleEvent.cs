namespace Lepton.Orleans.Engine.Samples;

/// <summary>What a user did with an item; each pair of user and item occurs once.</summary>
/// <param name="FeedbackType"><c>like</c>, <c>read</c> or <c>dislike</c>.</param>
/// <param name="UserId">Who.</param>
/// <param name="ItemId">With what.</param>
/// <param name="Value">How much; always 1.</param>
/// <param name="Timestamp">When, UTC, in whole seconds.</param>
public readonly record struct SampleEvent(string FeedbackType, string UserId, string ItemId, double Value, DateTime Timestamp);
