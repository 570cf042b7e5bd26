using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Training;

/// <summary>Everything that a build has learned from the histories: the model, and the counts to replace the online counters with.</summary>
public sealed record ModelBuildResult : ExactCounts
{
    /// <summary>What is published.</summary>
    public required BuiltModel Model { get; init; }

    /// <summary>What the learning of weights saw, or <see langword="null"/> if they were not learned.</summary>
    public WeightLearningResult? Learning { get; init; }

    /// <summary>A ranking model of this build alone, without what was learned per event since.</summary>
    public RankingModel ToRankingModel() => new()
    {
        ItemCount = Model.ItemCount,
        Transitions = Transitions,
        RuleReach = Model.RuleReach,
        TransitionTotals = TransitionTotals,
        CoOccurrence = CoOccurrence,
        Counts = Counts,
        Neighbourhood = Model.Neighbourhood,
        Factors = Model.Factors,
        Recurrence = Model.Recurrence,
        Users = Model.Users,
        Weights = Model.Weights,
    };
}
