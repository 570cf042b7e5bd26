namespace Lepton.Orleans;

/// <summary>Something of a user that is in the store.</summary>
/// <param name="Kind">
/// What it is: <c>State</c>, <c>Journal</c>, <c>Leftover</c>, <c>UserIndex</c>, <c>ItemFeedbackIndex</c>, <c>MergedIndex</c>,
/// <c>RestoredIndex</c>, <c>Merge</c> (another user's state says that the two were merged) or <c>Other</c>.
/// </param>
/// <param name="Key">The key that holds it.</param>
[GenerateSerializer, Immutable, Alias("lepton.ErasureRemains")]
public sealed record ErasureRemains([property: Id(0)] string Kind, [property: Id(1)] string Key);
