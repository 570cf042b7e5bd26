using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Evaluation;

/// <summary>What a protocol trains on and what it asks.</summary>
/// <param name="Training">The interactions to build from.</param>
/// <param name="Cases">The questions.</param>
/// <param name="ListLength">K.</param>
/// <param name="NextItemOnly">Whether the questions are about the one next item, which the learning of weights should then hold out too.</param>
/// <param name="OrderKnown">Whether the training histories are in order of time; if not, they are in a random order.</param>
/// <param name="RepeatsAllowed">Whether what is asked for may be in the history already, as in a session.</param>
public sealed record EvaluationData(
    Interactions Training,
    IReadOnlyList<EvaluationCase> Cases,
    int ListLength,
    bool NextItemOnly,
    bool OrderKnown = true,
    bool RepeatsAllowed = false);
