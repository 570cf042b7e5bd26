using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Evaluation;

/// <summary>What a protocol trains on and what it asks.</summary>
/// <param name="Training">The interactions to build from.</param>
/// <param name="Cases">The questions.</param>
/// <param name="ListLength">K.</param>
/// <param name="OrderKnown">Whether the training histories are in order of time; if not, they are in a random order.</param>
public sealed record EvaluationData(
    Interactions Training,
    IReadOnlyList<EvaluationCase> Cases,
    int ListLength,
    bool OrderKnown = true);
