using System.Diagnostics;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Evaluation;

/// <summary>Asks a model all cases of a protocol through the ranker that also serves requests.</summary>
public static class Evaluator
{
    /// <summary>Runs the cases.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cases">The questions; those without targets are left out of the means.</param>
    /// <param name="listLength">K of all metrics.</param>
    /// <param name="parallelism">How many threads.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    public static EvaluationResult Run(
        RankingModel model,
        IReadOnlyList<EvaluationCase> cases,
        int listLength,
        int parallelism = 1,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentOutOfRangeException.ThrowIfLessThan(listLength, 1);
        var asked = cases.Where(static c => c.Targets.Length > 0).ToArray();
        var outcomes = new Outcome[asked.Length];
        var eligible = Candidates.Everything(model.ItemCount);
        model.Prepare();
        ParallelRows.Run(
            asked.Length,
            16,
            parallelism,
            static () => new RankingWorkspace(),
            (first, end, workspace) =>
            {
                for (var i = first; i < end; i++)
                {
                    outcomes[i] = asked[i].Candidates is { } candidates
                        ? AmongCandidates(model, asked[i], candidates, listLength, workspace)
                        : InCatalogue(model, asked[i], eligible, listLength, workspace);
                }
            },
            null,
            cancellationToken);
        return new EvaluationResult(
            asked.Length,
            listLength,
            Mean(outcomes, static o => o.Recall),
            Mean(outcomes, static o => o.Ndcg),
            Mean(outcomes, static o => o.HitRate),
            Mean(outcomes, static o => o.ReciprocalRank),
            Mean(outcomes, static o => o.Microseconds));
    }

    private static double Mean(Outcome[] outcomes, Func<Outcome, double> part) => outcomes.Length == 0 ? 0 : outcomes.Average(part);

    private static Outcome InCatalogue(RankingModel model, EvaluationCase asked, ulong[] eligible, int listLength, RankingWorkspace workspace)
    {
        // Twice the length: a tie across the end of the list is then seen from both sides.
        var list = new RankedItem[2 * listLength];
        var start = Stopwatch.GetTimestamp();
        var count = Ranker.Rank(model, asked.History, asked.Excluded, eligible, list, workspace);
        var elapsed = Stopwatch.GetElapsedTime(start);

        var scores = new float[count];
        for (var place = 0; place < count; place++)
        {
            scores[place] = list[place].Score;
        }

        var places = new List<int>();
        for (var place = 0; place < count; place++)
        {
            if (Array.IndexOf(asked.Targets, list[place].Item) >= 0)
            {
                places.Add(RankingMetrics.PlaceOf(scores, place));
            }
        }

        return Outcome.Of([.. places], asked.Targets.Length, listLength, elapsed);
    }

    private static Outcome AmongCandidates(RankingModel model, EvaluationCase asked, int[] candidates, int listLength, RankingWorkspace workspace)
    {
        var scores = new float[candidates.Length];
        var start = Stopwatch.GetTimestamp();
        Ranker.Score(model, asked.History, candidates, scores, workspace);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var places = asked.Targets
            .Select(target => Array.IndexOf(candidates, target))
            .Where(static at => at >= 0)
            .Select(at => RankingMetrics.PlaceOf(scores, at))
            .ToArray();
        return Outcome.Of(places, asked.Targets.Length, listLength, elapsed);
    }

    private readonly record struct Outcome(double Recall, double Ndcg, double HitRate, double ReciprocalRank, double Microseconds)
    {
        public static Outcome Of(int[] places, int targets, int listLength, TimeSpan elapsed) => new(
            RankingMetrics.Recall(places, targets, listLength),
            RankingMetrics.Ndcg(places, targets, listLength),
            RankingMetrics.HitRate(places, listLength),
            RankingMetrics.ReciprocalRank(places, listLength),
            elapsed.TotalMicroseconds);
    }
}
