namespace Lepton.Orleans;

/// <summary>What an erasure leaves to the next build: nothing of it names the user.</summary>
/// <param name="Kind">What it is: <c>Model</c> or <c>Counters</c>.</param>
/// <param name="Reason">Why it waits, in a sentence.</param>
/// <param name="NoLaterThan">When that build begins at the latest; <see langword="null"/> where builds start on request only.</param>
[GenerateSerializer, Immutable, Alias("lepton.ErasureWait")]
public sealed record ErasureWait([property: Id(0)] string Kind, [property: Id(1)] string Reason, [property: Id(2)] DateTime? NoLaterThan);
