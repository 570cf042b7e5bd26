using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Popularity;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Evaluation;

/// <summary>What item shards count and a replica takes over, in one place and without a cluster.</summary>
internal sealed class OnlineCounts(int itemCount, TimeSpan trendingHalfLife)
{
    private const int Window = EventPairs.DefaultRuleWindow;
    private const int RowLength = 200;

    private readonly NeighbourCounters _counters = new();
    private readonly float[] _counts = new float[itemCount];
    private readonly DecayedCounter _trending = new(trendingHalfLife);
    private readonly HashSet<int> _changed = [];
    private readonly PairIncrement[] _increments = new PairIncrement[2 * Window];
    private readonly int[] _items = new int[RowLength];
    private readonly float[] _weights = new float[RowLength];

    /// <summary>Counts an event.</summary>
    /// <param name="recent">The user's items before it, distinct and without this one, newest first.</param>
    /// <param name="item">The new item.</param>
    /// <param name="time">When.</param>
    /// <param name="reach">How far rules reach.</param>
    public void Add(ReadOnlySpan<int> recent, int item, DateTime time, RuleReach reach)
    {
        _counts[item]++;
        _trending.Add(item, 1, time);
        var count = EventPairs.Count(recent[..Math.Min(Window, recent.Length)], item, _increments, reach.Window, reach.Decay);
        foreach (ref readonly var increment in _increments.AsSpan(0, count))
        {
            _counters.Add(increment);
            _changed.Add(increment.Row);
        }

        _changed.Add(item);
    }

    /// <summary>Puts a build's exact counts in place of what was counted.</summary>
    public void Replace(ModelBuildResult built)
    {
        for (var row = 0; row < built.Counts.Length; row++)
        {
            _counts[row] = built.Counts[row];
            _counters.Replace(
                new NeighbourRow(row, built.Transitions.Items(row).ToArray(), built.Transitions.Weights(row).ToArray()),
                built.TransitionTotals[row],
                new NeighbourRow(row, built.CoOccurrence.Items(row).ToArray(), built.CoOccurrence.Weights(row).ToArray()));
            _changed.Add(row);
        }
    }

    /// <summary>The next version of a model: with the rows that have changed.</summary>
    /// <param name="model">The version before.</param>
    /// <param name="now">What popularity fades to.</param>
    public RankingModel Refresh(RankingModel model, DateTime now)
    {
        var trending = new float[itemCount];
        for (var item = 0; item < itemCount; item++)
        {
            trending[item] = _trending.At(item, now);
        }

        var transitions = model.Transitions.ToBuilder();
        var coOccurrence = model.CoOccurrence.ToBuilder();
        var totals = new float[itemCount];
        model.TransitionTotals.CopyTo(totals, 0);
        foreach (var row in _changed)
        {
            var rules = _counters.TopRules(row, _items, _weights);
            transitions.Set(row, _items.AsSpan(0, rules), _weights.AsSpan(0, rules));
            var pairs = _counters.TopPairs(row, _items, _weights);
            coOccurrence.Set(row, _items.AsSpan(0, pairs), _weights.AsSpan(0, pairs));
            totals[row] = _counters.RuleTotal(row);
        }

        _changed.Clear();
        return (model with
        {
            ItemCount = itemCount,
            Transitions = transitions.ToTable(),
            CoOccurrence = coOccurrence.ToTable(),
            TransitionTotals = totals,
            Counts = [.. _counts],
            Trending = trending,
        }).Prepare();
    }
}
