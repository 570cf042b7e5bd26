namespace Lepton.Orleans.Engine.Ranking;

/// <summary>One place of a ranking.</summary>
/// <param name="Item">The item's number.</param>
/// <param name="Score">Its score; comparable within one ranking only.</param>
public readonly record struct RankedItem(int Item, float Score);
