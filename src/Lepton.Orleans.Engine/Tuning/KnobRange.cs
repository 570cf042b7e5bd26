using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tuning;

/// <summary>The values that a search tries for a knob, rising, with the one that the settings have among them.</summary>
internal sealed record KnobRange(Knob Knob, float Default, float[] Values)
{
    /// <summary>
    /// What is worth a search on some data, in the order in which it is looked at: what has made most of a difference first,
    /// then what costs no training, then what costs much of it.
    /// </summary>
    /// <param name="options">The settings that the search starts from.</param>
    /// <param name="items">How many items there are.</param>
    /// <param name="isDense">Whether vectors of implicit feedback are tried.</param>
    public static IReadOnlyList<KnobRange> For(ModelBuildOptions options, int items, bool isDense)
    {
        var ranges = new List<KnobRange>();
        var (ridge, weights, rank) = (options.Ridge, options.Weights, options.RankFor(items));
        if (options is { OrderAware: true, Recurrence: { } recurrence })
        {
            Add(Knob.RecurrenceTied, recurrence.Tied ? 1f : 0f, 0f, 1f);
        }

        Add(Knob.RidgeRegularisation, ridge.Regularisation, .75f, 1.5f, 3f, 6f, 12f);
        if (options.OrderAware)
        {
            Add(Knob.TransitionRowExponent, weights.TransitionRowExponent, .3f, .5f, .7f, .85f, 1f);
            Add(Knob.TransitionPopularityExponent, weights.TransitionPopularityExponent, 0f, .15f, .3f, .45f);
            Add(Knob.TransitionRecency, weights.TransitionRecency, .5f, 1f, 1.5f, 2f);
            Add(Knob.CoOccurrencePopularityExponent, weights.CoOccurrencePopularityExponent, .1f, .3f, .5f);
            Add(Knob.CoOccurrenceRowExponent, weights.CoOccurrenceRowExponent, .3f, .5f, .7f);
            Add(Knob.CoOccurrenceRecency, weights.CoOccurrenceRecency, .5f, 1f, 1.5f, 2f);
            Add(Knob.RuleDecay, options.RuleDecay, .5f, 1f, 1.5f);
            Add(Knob.RuleWindow, options.RuleWindow, 3f, 5f, EventPairs.DefaultRuleWindow);
        }

        Add(Knob.RidgeExponent, ridge.Exponent, .3f, .45f, .6f, .75f);
        if (options is { OrderAware: true, Recurrence: { } learned })
        {
            Add(Knob.RecurrenceVectorRate, learned.VectorRate, 30f, 60f, 120f);
            Add(Knob.RecurrenceMemory, learned.Memories.Max(), 8f, 16f, 32f);
        }

        if (isDense && options.Implicit is { } settings)
        {
            Add(Knob.ImplicitRegularisation, settings.Regularisation, .002f, .005f, .0125f);
            Add(Knob.ImplicitUnobservedWeight, settings.UnobservedWeight, .1f, .2f, .4f);
        }

        Add(Knob.RidgeNeighbours, ridge.Neighbours, 50f, 100f, 200f);
        Add(Knob.Rank, rank, [.. new[] { rank / 2, rank, Math.Min(2 * rank, ModelBuildOptions.RankThatFits(items)) }.Where(r => r >= 16).Select(static r => (float)r)]);
        return ranges;

        void Add(Knob knob, float value, params float[] values) => ranges.Add(new KnobRange(knob, value, [.. values.Append(value).Distinct().Order()]));
    }

    /// <summary>The knobs with this one a step from where it is; <see langword="null"/> at the end of the range.</summary>
    /// <param name="from">Where all knobs are.</param>
    /// <param name="direction">1 up, -1 down.</param>
    public Knobs? Step(Knobs from, int direction)
    {
        var at = Array.IndexOf(Values, from.Values.TryGetValue(Knob, out var value) ? value : Default);
        if (at < 0)
        {
            // A value of another release's range, or of other data: back to the nearest that is looked at now.
            at = Array.FindLastIndex(Values, v => v < value) + (direction > 0 ? 0 : 1);
        }

        at += direction;
        return at < 0 || at >= Values.Length ? null : from.With(Knob, Values[at] == Default ? null : Values[at]);
    }

    /// <summary>The settings with one knob at a value; settings of a source that they leave out do not change.</summary>
    public static ModelBuildOptions Set(ModelBuildOptions options, Knob knob, float value) => knob switch
    {
        Knob.RecurrenceTied => WithRecurrence(options, r => Tie(r, value != 0f)),
        Knob.RecurrenceVectorRate => WithRecurrence(options, r => r with { VectorRate = value }),
        Knob.RecurrenceMemory => WithRecurrence(options, r => r with { Memories = Scale(r.Memories, value) }),
        Knob.RidgeRegularisation => options with { Ridge = options.Ridge with { Regularisation = value } },
        Knob.RidgeExponent => options with { Ridge = options.Ridge with { Exponent = value } },
        Knob.RidgeNeighbours => options with { Ridge = options.Ridge with { Neighbours = (int)value } },
        Knob.Rank => options with { Rank = (int)value },
        Knob.ImplicitRegularisation => WithImplicit(options, i => i with { Regularisation = value }),
        Knob.ImplicitUnobservedWeight => WithImplicit(options, i => i with { UnobservedWeight = value }),
        Knob.RuleWindow => options with { RuleWindow = (int)value },
        Knob.RuleDecay => options with { RuleDecay = value },
        Knob.TransitionRowExponent => WithWeights(options, w => w with { TransitionRowExponent = value }),
        Knob.TransitionPopularityExponent => WithWeights(options, w => w with { TransitionPopularityExponent = value }),
        Knob.TransitionRecency => WithWeights(options, w => w with { TransitionRecency = value }),
        Knob.CoOccurrenceRowExponent => WithWeights(options, w => w with { CoOccurrenceRowExponent = value }),
        Knob.CoOccurrencePopularityExponent => WithWeights(options, w => w with { CoOccurrencePopularityExponent = value }),
        Knob.CoOccurrenceRecency => WithWeights(options, w => w with { CoOccurrenceRecency = value }),
        Knob.TrendingHalfLife => options with { TrendingHalfLife = TimeSpan.FromHours(value) },
        _ => options,
    };

    private static ModelBuildOptions WithRecurrence(ModelBuildOptions options, Func<RecurrentOptions, RecurrentOptions> change) =>
        options.Recurrence is { } recurrence ? options with { Recurrence = change(recurrence) } : options;

    private static ModelBuildOptions WithImplicit(ModelBuildOptions options, Func<ImplicitOptions, ImplicitOptions> change) =>
        options.Implicit is { } settings ? options with { Implicit = change(settings) } : options;

    private static ModelBuildOptions WithWeights(ModelBuildOptions options, Func<BlendWeights, BlendWeights> change) =>
        options with { Weights = change(options.Weights) };

    // With two vectors an item the popular ones need no discount, which their biases are there for.
    private static RecurrentOptions Tie(RecurrentOptions options, bool tied) =>
        tied == options.Tied ? options : tied ? options with { Tied = true } : options with { Tied = false, NegativeExponent = 0f, ElementDropout = 0f };

    private static float[] Scale(IReadOnlyList<float> memories, float longest)
    {
        var most = memories.Max();
        return [.. memories.Select(memory => most > 0f ? memory * longest / most : memory)];
    }
}
