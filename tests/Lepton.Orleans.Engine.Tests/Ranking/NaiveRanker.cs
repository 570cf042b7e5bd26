using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Tests.Recurrence;

namespace Lepton.Orleans.Engine.Tests.Ranking;

/// <summary>The ranking as its documentation states it, in double precision, without a thought for speed.</summary>
internal static class NaiveRanker
{
    public static double[] Blend(RankingModel model, int[] history, out bool[] touched)
    {
        var weights = model.Weights;
        var n = model.ItemCount;
        var any = new bool[n];
        var transitions = new double[n];
        var coOccurrence = new double[n];
        var neighbourhood = new double[n];
        var embedding = new double[n];
        var heads = new double[3][];
        for (var source = 0; source < 3; source++)
        {
            heads[source] = new double[Math.Min(n, 1024)];
        }

        for (var age = 0; age < history.Length; age++)
        {
            var item = history[age];
            if (item < 0 || item >= n)
            {
                continue;
            }

            var total = item < model.TransitionTotals.Length ? model.TransitionTotals[item] : 0;
            Vote(model.Transitions, item, age, weights.Transitions != 0 && total > 0, weights.TransitionRecency, transitions, heads[0],
                b => Math.Pow(total + BlendWeights.TransitionPrior, -weights.TransitionRowExponent) * Math.Pow(Count(model, b), -weights.TransitionPopularityExponent));
            Vote(model.CoOccurrence, item, age, weights.CoOccurrence != 0, weights.CoOccurrenceRecency, coOccurrence, heads[1],
                b => Math.Pow(Count(model, item), -weights.CoOccurrenceRowExponent) * Math.Pow(Count(model, b), -weights.CoOccurrencePopularityExponent));
            Vote(model.Neighbourhood, item, age, weights.Neighbourhood != 0, weights.NeighbourhoodRecency, neighbourhood, heads[2], _ => 1);
        }

        if (model.Factors is { } factors && weights.Embedding != 0)
        {
            // Those that a user is scored with are rounded to a byte a number.
            var vectors = Enumerable.Range(0, factors.Count).Select(item => factors.Round(item, new float[factors.Rank])).ToArray();
            for (var b = 0; b < Math.Min(n, factors.Count); b++)
            {
                for (var age = 0; age < history.Length; age++)
                {
                    if (history[age] >= 0 && history[age] < factors.Count)
                    {
                        var vote = Math.Pow(1 + age, -weights.EmbeddingRecency) * factors.InputScale[history[age]];
                        for (var d = 0; d < factors.Rank; d++)
                        {
                            embedding[b] += vote * factors.Vector(history[age])[d] * vectors[b][d];
                        }
                    }
                }
            }

            if (history.Any(h => h >= 0 && h < factors.Count))
            {
                any.AsSpan(0, Math.Min(n, factors.Count)).Fill(true);
            }
        }

        var recurrence = new double[n];
        if (weights.Recurrence != 0 && model.Recurrence is { } recurrent && history.Any(h => h >= 0 && h < n) && RandomRecurrence.Logits(recurrent, history) is { } logits)
        {
            for (var b = 0; b < logits.Length; b++)
            {
                recurrence[b] = Math.Exp(.3 * (logits[b] - logits.Max()));
                any[b] |= recurrence[b] > 0;
            }
        }

        var votes = new double[n];
        if (weights.UserNeighbourhood != 0 && model.Users is { } users && history.Any(h => h >= 0 && h < n))
        {
            votes = TellingApart(NaiveUserNeighbourhood.Scores(users, history, n));
            for (var b = 0; b < n; b++)
            {
                any[b] |= votes[b] != 0;
            }
        }

        touched = any;
        var known = history.Count(h => h >= 0 && h < n);
        var blended = new double[n];
        AddVotes(blended, transitions, heads[0], weights.Transitions);
        AddVotes(blended, coOccurrence, heads[1], weights.CoOccurrence);
        AddVotes(blended, neighbourhood, heads[2], weights.Neighbourhood);
        AddShares(blended, votes, weights.UserNeighbourhood);
        AddShares(blended, recurrence, weights.Recurrence);
        Add(blended, embedding, weights.EmbeddingFor(known));
        Add(blended, Padded(model.Trending, n), weights.Trending);
        Add(blended, Padded(model.Counts, n), weights.Popular);
        return blended;

        void Vote(NeighbourTable table, int row, int age, bool used, float recency, double[] scores, double[] head, Func<int, double> factor)
        {
            if (!used)
            {
                return;
            }

            var read = Math.Min(table.Items(row).Length, Math.Max(32, (int)(table.Items(row).Length * Math.Pow(1 + age, -recency / 2))));
            for (var k = 0; k < read; k++)
            {
                var b = table.Items(row)[k];
                if (b >= 0 && b < n)
                {
                    var vote = Math.Pow(1 + age, -recency) * table.Weights(row)[k] * factor(b);
                    any[b] = true;
                    scores[b] += vote;
                    head[b % 1024] += k < 16 ? vote : 0;
                }
            }
        }
    }

    public static int[] Rank(RankingModel model, int[] history, int[] excluded, Func<int, bool> eligible, int count)
    {
        var blended = Blend(model, history, out var touched);
        var allowed = Enumerable.Range(0, model.ItemCount).Where(i => eligible(i) && !excluded.Contains(i)).ToArray();
        var personal = history.Any(h => h >= 0 && h < model.ItemCount)
            ? allowed.Where(i => touched[i]).OrderByDescending(i => blended[i]).ThenBy(i => i).ToArray()
            : [];
        var rest = allowed.Except(personal)
            .OrderByDescending(i => At(model.Trending, i) > 0 ? 2 : At(model.Counts, i) > 0 ? 1 : 0)
            .ThenByDescending(i => At(model.Trending, i) > 0 ? At(model.Trending, i) : At(model.Counts, i))
            .ThenByDescending(i => i);
        return personal.Concat(rest).Take(count).ToArray();
    }

    // Where everybody has every item the votes are all the same: what rounding makes of that is no information.
    private static double[] TellingApart(double[] votes)
    {
        var (mean, squares) = (votes.Average(), votes.Sum(vote => vote * vote));
        return votes.Sum(vote => (vote - mean) * (vote - mean)) <= 1e-6 * squares ? new double[votes.Length] : votes;
    }

    // Told apart to an eighth of a doubling.
    private static double Count(RankingModel model, int item) => Math.Pow(2, Math.Round(8 * Math.Log2(Math.Max(1, At(model.Counts, item)))) / 8);

    private static double At(float[] values, int item) => item < values.Length ? values[item] : 0;

    private static double[] Padded(float[] values, int n) => Enumerable.Range(0, n).Select(i => At(values, i)).ToArray();

    // Of votes the first 16 of every row tell the deviation, in 1,024 bins, and the mean is left out.
    private static void AddVotes(double[] blended, double[] scores, double[] heads, double weight)
    {
        var mean = heads.Average();
        var deviation = Math.Sqrt(heads.Sum(s => (s - mean) * (s - mean)) / scores.Length);
        for (var i = 0; i < scores.Length && deviation > 1e-7; i++)
        {
            blended[i] += weight * scores[i] / deviation;
        }
    }

    // The mean is left out, as of votes.
    private static void AddShares(double[] blended, double[] shares, double weight)
    {
        var mean = shares.Average();
        var deviation = Math.Sqrt(shares.Average(s => (s - mean) * (s - mean)));
        for (var i = 0; i < shares.Length && deviation > 1e-7; i++)
        {
            blended[i] += weight * shares[i] / deviation;
        }
    }

    private static void Add(double[] blended, double[] scores, double weight)
    {
        var mean = scores.Average();
        var deviation = Math.Sqrt(scores.Average(s => (s - mean) * (s - mean)));
        for (var i = 0; i < scores.Length && deviation > 1e-7; i++)
        {
            blended[i] += weight * (scores[i] - mean) / deviation;
        }
    }
}
