using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Training;

/// <summary>
/// Keeps the weights of a blend current between builds from what users do. Of a sample of events it remembers how every source
/// scored the candidates before anything had learned from the event, and looks now and then for weights with which lists would have
/// held more of what came: on every other event of the sample, and it believes only what the others confirm, so that weights are not
/// chased after chance. Sources that the build has left out stay out, since each costs every list its time. Not thread-safe.
/// </summary>
/// <param name="capacity">How many of the newest events are remembered, some 4 KB each.</param>
/// <param name="period">After how many events weights are looked for.</param>
public sealed class LiveBlend(int capacity = 2000, int period = 500)
{
    private const int ListLength = 20;
    private const int CandidatesPerSource = 40;
    private const int Passes = 3;
    private const double Margin = .001;

    private static readonly Source[] Sources =
        [Source.Transitions, Source.CoOccurrence, Source.Popular, Source.Recurrence, Source.Neighbourhood, Source.Embedding, Source.UserNeighbourhood];

    private readonly Queue<BlendFeatures.UserFeatures> _events = new();
    private readonly RankingWorkspace _workspace = new();
    private RankingModel _model = RankingModel.Empty;
    private RankingModel _together = RankingModel.Empty;
    private RankingModel?[] _alone = [];
    private int[] _slots = [];
    private ulong[] _eligible = [];
    private int _since;

    /// <summary>How many events are remembered.</summary>
    public int Count => _events.Count;

    /// <summary>Whether enough has come for <see cref="Learn"/> to look for better weights.</summary>
    public bool IsDue => _since >= period;

    /// <summary>Remembers an event. Where the model has other sources than before, what is remembered is of no use any more and forgotten.</summary>
    /// <param name="model">
    /// What lists were made with; it must not have learned from the event. Of the build that those before it are of: else <see cref="Forget"/> comes first.
    /// </param>
    /// <param name="history">The user's distinct items before it, newest first.</param>
    /// <param name="item">What came.</param>
    public void Add(RankingModel model, ReadOnlySpan<int> history, int item)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (history.IsEmpty)
        {
            return;
        }

        if (!ReferenceEquals(model, _model))
        {
            Begin(model);
        }

        if (_events.Count == capacity)
        {
            _ = _events.Dequeue();
        }

        _events.Enqueue(BlendFeatures.Of(_together, _alone, history.ToArray(), [item], _eligible, repeats: false, CandidatesPerSource, _workspace));
        _since++;
    }

    /// <summary>Looks for weights with which the remembered events would have been ranked better.</summary>
    /// <param name="model">What lists are made with now, which its weights are looked for from.</param>
    /// <returns>They; <see langword="null"/> where there are none, or too few events have come.</returns>
    public BlendWeights? Learn(RankingModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (IsDue && !ReferenceEquals(model, _model))
        {
            Begin(model);
        }

        if (!IsDue)
        {
            return null;
        }

        _since = 0;
        var (seen, kept) = (BlendFeatures.From(_events.Where(static (_, at) => at % 2 == 0), _slots), BlendFeatures.From(_events.Where(static (_, at) => at % 2 == 1), _slots));
        var (best, gain) = (_model.Weights, Gain(seen, _model.Weights));
        for (var (pass, improved) = (0, true); pass < Passes && improved; pass++)
        {
            improved = false;
            foreach (var source in Sources)
            {
                var (weights, better) = WeightLearning.Factors.Select(factor => best.Scaled(source, factor)).Where(tried => tried != best).Select(tried => (tried, Gain(seen, tried))).DefaultIfEmpty((best, gain)).MaxBy(static trial => trial.Item2);
                if (better > gain * (1 + (Margin / Passes)))
                {
                    (best, gain, improved) = (weights, better, true);
                }
            }
        }

        return Gain(kept, best) > Gain(kept, _model.Weights) * (1 + Margin) ? best : null;
    }

    /// <summary>Forgets all events, as after a build: they say how the sources of the model before scored, not those of the new one.</summary>
    public void Forget()
    {
        _events.Clear();
        _since = 0;
    }

    private static double Gain(BlendFeatures features, BlendWeights weights)
    {
        var (recall, ndcg) = features.Evaluate(weights, ListLength);
        return recall + ndcg;
    }

    private void Begin(RankingModel model)
    {
        _model = model;
        (_together, _alone, var slots) = BlendFeatures.Of(model);
        if (!slots.AsSpan().SequenceEqual(_slots))
        {
            Forget();
            _slots = slots;
        }

        _eligible = Candidates.Everything(model.ItemCount);
    }
}
