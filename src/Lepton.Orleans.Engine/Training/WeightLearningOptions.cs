namespace Lepton.Orleans.Engine.Training;

/// <summary>Settings of <see cref="WeightLearning"/>.</summary>
public sealed record WeightLearningOptions
{
    /// <summary>How many users' ends are asked for.</summary>
    public int Users { get; init; } = 4000;

    /// <summary>With fewer users to learn from the given weights are kept.</summary>
    public int MinimumUsers { get; init; } = 100;

    /// <summary>Users with fewer items are not held out.</summary>
    public int MinimumItems { get; init; } = 5;

    /// <summary>The share of a history that is held out, at least one item.</summary>
    public double HeldOutShare { get; init; } = .2;

    /// <summary>The share of all events up to which the ends of all histories are held out, and not only of those that are asked for.</summary>
    public double MostHeldOut { get; init; } = .2;

    /// <summary>The most items of a history that are held out: 1 asks for what comes next.</summary>
    public int MaximumHeldOut { get; init; } = int.MaxValue;

    /// <summary>Whether what a user has had is never listed again.</summary>
    public bool ExcludeHistory { get; init; } = true;

    /// <summary>K of recall@K + NDCG@K, which the weights maximise.</summary>
    public int ListLength { get; init; } = 20;

    /// <summary>How many candidates of each source are looked at per user.</summary>
    public int CandidatesPerSource { get; init; } = 60;

    /// <summary>How often the ascent goes through all weights at most.</summary>
    public int Passes { get; init; } = 3;

    /// <summary>The share of recall@K + NDCG@K that is given up for lists that cost less, by leaving sources out.</summary>
    public double Tolerance { get; init; } = .003;

    /// <summary>
    /// The share of recall@K + NDCG@K that like-minded users have to add where order is known: a list costs about twice as much with them.
    /// </summary>
    public double UserGain { get; init; } = .01;

    /// <summary>
    /// The same where order is not known. Lists cost little there, no recurrent model knows the user's taste of late, and
    /// what the held-out ends say is less than what like-minded users add on later data.
    /// </summary>
    public double UserGainWithoutOrder { get; init; } = .001;
}
