using Lepton.Orleans.Engine.Neighbours;

namespace Lepton.Orleans.Engine.Training;

/// <summary>What all histories say when they are counted: what online counters are replaced with.</summary>
public record ExactCounts
{
    /// <summary>Sequential rules, counted exactly.</summary>
    public required NeighbourTable Transitions { get; init; }

    /// <summary>The row sums of <see cref="Transitions"/>, dropped entries included.</summary>
    public required float[] TransitionTotals { get; init; }

    /// <summary>Co-occurrence, counted exactly.</summary>
    public required NeighbourTable CoOccurrence { get; init; }

    /// <summary>Per item the number of users that have it.</summary>
    public required float[] Counts { get; init; }
}
