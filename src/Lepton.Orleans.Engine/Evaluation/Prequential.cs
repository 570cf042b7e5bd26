using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Evaluation;

/// <summary>
/// Test, then train (Gama, Sebastião &amp; Rodrigues, "On evaluating stream learning algorithms", 2013): a stream of events is
/// replayed; for each event of the second half a list is ranked first, and then the event is learned from, by the counters
/// that the item shards keep and with the history that the user's grain keeps. What a user has had is never listed again;
/// an event that repeats one counts as missed.
/// </summary>
public static class Prequential
{
    private const int MaximumHistory = 100;

    // A service remembers up to twenty a second, which is every event of such a stream: the replay would take as long.
    private const int BlendedEvents = 20_000;

    /// <summary>Replays a stream.</summary>
    /// <param name="data">The events.</param>
    /// <param name="options">Settings; <see langword="null"/> for the defaults.</param>
    /// <param name="progress">Receives the progress of the build.</param>
    /// <param name="cancellationToken">Stops the replay.</param>
    public static EvaluationResult Run(
        EventStreamData data,
        PrequentialOptions? options = null,
        IProgress<BuildProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new PrequentialOptions();
        var events = data.Items.Length;
        var half = events / 2;
        var itemCount = events == 0 ? 0 : data.Items.Max() + 1;
        var online = new OnlineCounts(itemCount, options.TrendingHalfLife);
        var vectors = options.Learner is { } learner ? new OnlineVectors(learner, options.LearnerStride, options.Build?.Seed ?? 1) : null;
        var blend = options is { Build: not null, LearnsOnline: true, Learner: not null } ? new LiveBlend() : null;
        var histories = new List<int>[events == 0 ? 0 : data.Users.Max() + 1];
        for (var user = 0; user < histories.Length; user++)
        {
            histories[user] = [];
        }

        for (var e = 0; e < half; e++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Learn(data, e, histories, online, options.Build is null ? vectors : null, RuleReach.Default);
        }

        var training = default(TrainingCost);
        var model = new RankingModel { Weights = options.Weights };
        var nextBuild = (double)half;
        var step = Math.Max(1, (events - half + options.MaximumCases - 1) / options.MaximumCases);
        var refresh = Math.Max(1, (events - half) / options.Refreshes);
        var blended = Math.Max(1, (events - half) / BlendedEvents);
        var waiting = new List<EvaluationCase>();
        var results = new List<EvaluationResult>();
        for (var e = half; e < events; e++)
        {
            if (e == half || (options.LearnsOnline && (e - half) % refresh == 0))
            {
                // Between two refreshes the model stands still: what was asked meanwhile is answered at once.
                Answer();
                if (options.Build is { } build && e >= nextBuild)
                {
                    var built = TrainingCost.Measure(() => ModelBuild.Run(Interactions.From(histories, itemCount), build, progress, cancellationToken), ref training);
                    online.Replace(built);
                    vectors?.Replace(built);
                    blend?.Forget();
                    model = built.ToRankingModel();
                    nextBuild = options.LearnsOnline ? e * (1 + options.Growth) : double.PositiveInfinity;
                }

                if (blend?.Learn(model) is { } weights)
                {
                    model = model with { Weights = weights };
                }

                model = online.Refresh(vectors?.Refresh(model) ?? model, data.Times[e]);
            }

            if ((e - half) % step == 0)
            {
                var history = histories[data.Users[e]];
                waiting.Add(new EvaluationCase(NewestFirst(history, options.HiddenEvents), [data.Items[e]], [.. history]));
            }

            if ((e - half) % blended == 0 && !histories[data.Users[e]].Contains(data.Items[e]))
            {
                var history = NewestFirst(histories[data.Users[e]], 0);
                blend?.Add(model, history.AsSpan(0, Math.Min(EventContexts.MaximumItems, history.Length)), data.Items[e]);
            }

            Learn(data, e, histories, options.LearnsOnline ? online : null, options.LearnsOnline ? vectors : null, model.RuleReach);
        }

        Answer();
        return Mean(results, options.ListLength) with
        {
            LearnMicroseconds = vectors is { Events: > 0 } ? vectors.ProcessorTime.TotalMicroseconds / vectors.Events : 0,
            Training = training,
        };

        void Answer()
        {
            results.Add(Evaluator.Run(model, waiting, options.ListLength, options.Build?.Parallelism ?? 1, cancellationToken));
            waiting.Clear();
        }
    }

    /// <summary>What is learned from before the first event is ranked for: the histories of the first half, and the times of their items.</summary>
    /// <param name="data">The events.</param>
    public static (Interactions Interactions, DateTime[] Times) FirstHalf(EventStreamData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var half = data.Items.Length / 2;
        var histories = Array.ConvertAll(new int[half == 0 ? 0 : data.Users.AsSpan(0, half).ToArray().Max() + 1], static _ => new List<(int Item, DateTime Time)>());
        var had = new HashSet<(int User, int Item)>();
        for (var e = 0; e < half; e++)
        {
            if (had.Add((data.Users[e], data.Items[e])))
            {
                histories[data.Users[e]].Add((data.Items[e], data.Times[e]));
            }
        }

        var items = Array.ConvertAll(histories, static history => history.Select(static e => e.Item).ToArray());
        return (Interactions.From(items, half == 0 ? 0 : data.Items.Max() + 1), [.. histories.SelectMany(static history => history.Select(static e => e.Time))]);
    }

    /// <summary>As the user's grain does: what the user has had is neither counted nor put in the history again.</summary>
    private static void Learn(EventStreamData data, int e, List<int>[] histories, OnlineCounts? online, OnlineVectors? vectors, RuleReach reach)
    {
        var (history, item) = (histories[data.Users[e]], data.Items[e]);
        if (!history.Contains(item))
        {
            var before = NewestFirst(history, 0);
            online?.Add(before, item, data.Times[e], reach);
            vectors?.Add(before, item);
            history.Add(item);
        }
    }

    private static int[] NewestFirst(List<int> history, int hidden)
    {
        var seen = new int[Math.Clamp(history.Count - hidden, 0, MaximumHistory)];
        for (var age = 0; age < seen.Length; age++)
        {
            seen[age] = history[history.Count - 1 - hidden - age];
        }

        return seen;
    }

    private static EvaluationResult Mean(List<EvaluationResult> parts, int listLength)
    {
        var cases = parts.Sum(static p => p.Cases);
        double Of(Func<EvaluationResult, double> part) => cases == 0 ? 0 : parts.Sum(p => p.Cases * part(p)) / cases;
        return new EvaluationResult(
            cases,
            listLength,
            Of(static p => p.Recall),
            Of(static p => p.Ndcg),
            Of(static p => p.HitRate),
            Of(static p => p.ReciprocalRank),
            Of(static p => p.ScoreMicroseconds));
    }
}
