namespace Lepton.Orleans.Engine.Ranking;

/// <summary>One row that votes.</summary>
/// <param name="Row">The item of the history.</param>
/// <param name="Length">How many of its entries vote.</param>
/// <param name="Voice">What each of its votes is multiplied with.</param>
internal readonly record struct Ballot(int Row, int Length, float Voice);
