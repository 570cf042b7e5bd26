namespace Lepton.Orleans.Engine.Neighbours;

/// <summary>What one event adds to one counter.</summary>
/// <param name="Row">The item whose list grows.</param>
/// <param name="Item">The neighbour in that list.</param>
/// <param name="Weight">How much is added.</param>
public readonly record struct PairIncrement(int Row, int Item, float Weight);
