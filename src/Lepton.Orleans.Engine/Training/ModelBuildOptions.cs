using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Engine.Tuning;

namespace Lepton.Orleans.Engine.Training;

/// <summary>Settings of <see cref="ModelBuild"/>. The defaults are those that did well on every data set they were measured on.</summary>
public sealed record ModelBuildOptions
{
    /// <summary>
    /// The length of the item vectors, 1 to 512; <see langword="null"/> for a sixteenth of the items, but from 64, which keeps
    /// a catalogue of a million items at 256 MB, to 256, and not more than 48 MB can hold: a list reads some hundred vectors.
    /// </summary>
    public int? Rank { get; init; }

    /// <summary>The length of the item vectors for so many items.</summary>
    public int RankFor(int items) => Rank ?? Math.Clamp(Math.Min(RankThatFits(items), items / 16 / 16 * 16), 64, 256);

    /// <summary>The greatest length of the item vectors with which so many of them take no more than 48 MB, 64 to 512.</summary>
    internal static int RankThatFits(int items) => (int)Math.Clamp((48 << 18) / Math.Max(1L, items) / 16 * 16, 64, 512);

    /// <summary>Refinements of the decomposition.</summary>
    public int PowerIterations { get; init; } = 2;

    /// <summary>Settings of the local ridge neighbourhoods.</summary>
    public LocalRidgeOptions Ridge { get; init; } = new();

    /// <summary>
    /// Settings of vectors of implicit feedback, which the learning of weights may choose over the decomposition in a dense
    /// catalogue; <see langword="null"/> for none.
    /// </summary>
    public ImplicitOptions? Implicit { get; init; } = new();

    /// <summary>Settings of the recurrent model; <see langword="null"/> for none.</summary>
    public RecurrentOptions? Recurrence { get; init; } = new();

    /// <summary>
    /// The most items of the users that stand for all, 8 bytes each, should like-minded users take part; 0 for none.
    /// </summary>
    public int UserEvents { get; init; } = 1_000_000;

    /// <summary>The most neighbours a counter row keeps.</summary>
    public int CounterCapacity { get; init; } = 200;

    /// <summary>How many steps a sequential rule reaches.</summary>
    public int RuleWindow { get; init; } = EventPairs.DefaultRuleWindow;

    /// <summary>γ in s^−γ of the sequential rules.</summary>
    public float RuleDecay { get; init; } = EventPairs.DefaultRuleDecay;

    /// <summary>After how long popularity counts half, with whoever counts it: a build itself reads no times.</summary>
    public TimeSpan TrendingHalfLife { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Whether the order of the histories means anything; if not, recency and sequential rules are left out.</summary>
    public bool OrderAware { get; init; } = true;

    /// <summary>Whether to learn the blend's weights; if not, <see cref="Weights"/> are used.</summary>
    public bool LearnWeights { get; init; } = true;

    /// <summary>The weights to start learning from, and to keep with too little data.</summary>
    public BlendWeights Weights { get; init; } = BlendWeights.AfterBuild;

    /// <summary>Settings of the learning of weights.</summary>
    public WeightLearningOptions Learning { get; init; } = new();

    /// <summary>Which of these settings a search has chosen; the model notes them.</summary>
    public Knobs Knobs { get; init; } = Knobs.None;

    /// <summary>Makes builds reproducible.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many threads; the result is the same for any number.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;
}
