namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>A page of feedback.</summary>
/// <param name="Cursor">Where the next page starts; empty after the last one.</param>
/// <param name="Feedback">The feedback of this page, by user, type and item.</param>
internal sealed record FeedbackPageDocument(string Cursor, IReadOnlyList<FeedbackDocument> Feedback);
