namespace Lepton.Orleans.ClusterTests.Ledgers;

/// <summary>Something that was done to a server.</summary>
/// <param name="At">When it was over, as a Stopwatch timestamp.</param>
/// <param name="Recovery">How long after it the first request sent later was acknowledged; <see langword="null"/> while none was.</param>
internal sealed record Fault(long At, TimeSpan? Recovery = null);
