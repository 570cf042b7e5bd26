namespace Lepton.Orleans.Engine.Training;

/// <summary>Settings of <see cref="WeightLearning"/>.</summary>
public sealed record WeightLearningOptions
{
    /// <summary>How many items are asked for, of as many users as have so many: the fewer, the more chance decides.</summary>
    public int Targets { get; init; } = 20_000;

    /// <summary>How many users' ends are asked for at the most.</summary>
    public int Users { get; init; } = 12_000;

    /// <summary>With fewer users to learn from the given weights are kept.</summary>
    public int MinimumUsers { get; init; } = 100;

    /// <summary>Users with fewer items are not held out.</summary>
    public int MinimumItems { get; init; } = 2;

    /// <summary>The share of a history that is held out, at least one item.</summary>
    public double HeldOutShare { get; init; } = .2;

    /// <summary>
    /// The same where order is not known: an end is then not what comes next, and the less is held out, the more the sources
    /// are like those that will be weighed. Neighbourhoods and vectors gain more from the rest of the data than co-occurrence does.
    /// </summary>
    public double HeldOutShareWithoutOrder { get; init; } = .05;

    /// <summary>The share of all events up to which the ends of all histories are held out, and not only of those that are asked for.</summary>
    public double MostHeldOut { get; init; } = .2;

    /// <summary>K of recall@K + NDCG@K, which the weights maximise.</summary>
    public int ListLength { get; init; } = 20;

    /// <summary>How many candidates of each source are looked at per user.</summary>
    public int CandidatesPerSource { get; init; } = 60;

    /// <summary>What the candidates' scores of all users may take in bytes; fewer users are asked where they would take more, but some hundred always.</summary>
    public long MaximumBytes { get; init; } = 128 << 20;

    /// <summary>How often the ascent goes through all weights at most.</summary>
    public int Passes { get; init; } = 3;

    /// <summary>The share of recall@K + NDCG@K that a source has to add: without it lists cost less.</summary>
    public double Tolerance { get; init; } = .003;
}
