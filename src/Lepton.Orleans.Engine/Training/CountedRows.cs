using Lepton.Orleans.Engine.Neighbours;

namespace Lepton.Orleans.Engine.Training;

/// <summary>Counters of a whole data set: bounded rows, and per row the sum of all its counts, the dropped ones included.</summary>
/// <param name="Rows">The weightiest neighbours of each item.</param>
/// <param name="Totals">The row sums, one per item.</param>
public sealed record CountedRows(NeighbourTable Rows, float[] Totals);
