using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Evaluation;

/// <summary>Settings of <see cref="Prequential"/>.</summary>
public sealed record PrequentialOptions
{
    /// <summary>Settings of the builds; <see langword="null"/> for none.</summary>
    public ModelBuildOptions? Build { get; init; } = new();

    /// <summary>By which share the events have to grow after the first half before they are built anew; infinite for one build.</summary>
    public double Growth { get; init; } = .1;

    /// <summary>How the sources are blended where there is no build.</summary>
    public BlendWeights Weights { get; init; } = BlendWeights.Default;

    /// <summary>Whether the counters learn from the second half.</summary>
    public bool LearnsOnline { get; init; } = true;

    /// <summary>Settings of the learner of the recurrent model's vectors; <see langword="null"/>: these stand still between builds.</summary>
    public RecurrentLearnerOptions? Learner { get; init; } = new();

    /// <summary>The learner learns from one event in so many, as it does where more come in than it may spend time on.</summary>
    public int LearnerStride { get; init; } = 1;

    /// <summary>How many of a user's newest events the ranking does not see.</summary>
    public int HiddenEvents { get; init; }

    /// <summary>After how long popularity counts half.</summary>
    public TimeSpan TrendingHalfLife { get; init; } = TimeSpan.FromDays(1);

    /// <summary>K of the metrics.</summary>
    public int ListLength { get; init; } = 10;

    /// <summary>The most events that are ranked for, at even distances over the second half.</summary>
    public int MaximumCases { get; init; } = 50_000;

    /// <summary>How often in the second half the replica takes over what the counters have learned.</summary>
    public int Refreshes { get; init; } = 500;
}
