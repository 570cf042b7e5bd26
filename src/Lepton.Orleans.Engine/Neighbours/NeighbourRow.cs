namespace Lepton.Orleans.Engine.Neighbours;

/// <summary>One row of a <see cref="NeighbourTable"/>: the neighbours of an item and their weights.</summary>
/// <param name="Row">The item that the row belongs to.</param>
/// <param name="Items">The neighbours, the weightiest first.</param>
/// <param name="Weights">Their weights, as many as <paramref name="Items"/>.</param>
public readonly record struct NeighbourRow(int Row, int[] Items, float[] Weights);
