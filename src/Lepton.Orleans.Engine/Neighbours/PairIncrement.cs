namespace Lepton.Orleans.Engine.Neighbours;

/// <summary>What one event adds to the counters of one neighbour.</summary>
/// <param name="Row">The item whose list grows.</param>
/// <param name="Item">The neighbour in that list.</param>
/// <param name="Rule">How much is added to the sequential rule from the row to the neighbour.</param>
/// <param name="Pair">How much is added to the co-occurrence of the two.</param>
public readonly record struct PairIncrement(int Row, int Item, float Rule, float Pair);
