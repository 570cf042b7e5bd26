using Lepton.Orleans.Engine.Evaluation;
using Lepton.Orleans.Engine.Popularity;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tuning;

/// <summary>
/// Which half-life of popularity suits some data. All events are replayed in order of time, for all half-lives at once; where one
/// belongs to a held-out end, the most popular items of that moment, of those that its user has not had, are asked for it before it
/// counts itself. So a list knows what it would have known then, and nothing of the blend has to be trained.
/// </summary>
internal static class HalfLifeSearch
{
    // From hours, which suit clicks, to the month after which all is old.
    private static readonly double[] Hours = [6, 12, 24, 48, 96, 168, 336, 720];

    /// <summary>Tries the half-lives.</summary>
    /// <param name="interactions">Who had what, in order of time.</param>
    /// <param name="times">When, per entry of <see cref="Interactions.Items"/>.</param>
    /// <param name="heldOut">The ends of these histories.</param>
    /// <param name="options">The settings, with the half-life that there is; it is tried first.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>A trial a half-life, the one of the settings first.</returns>
    public static IReadOnlyList<HalfLifeTrial> Run(
        Interactions interactions, DateTime[] times, HeldOut heldOut, ModelBuildOptions options, CancellationToken cancellationToken)
    {
        var halfLives = Hours.Select(TimeSpan.FromHours).Prepend(options.TrendingHalfLife).Distinct().ToArray();
        var counters = Array.ConvertAll(halfLives, static halfLife => new DecayedCounter(halfLife));
        var (recall, ndcg) = (new double[halfLives.Length], new double[halfLives.Length]);
        var counts = new int[interactions.ItemCount];
        var firstAsked = FirstAsked(interactions, heldOut);
        var asked = 0;
        foreach (var (user, at) in InOrder(interactions, times))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var item = interactions.Items[at];
            if (at >= firstAsked[user])
            {
                asked++;
                var history = heldOut.Repeats ? [] : interactions.Items.AsSpan(interactions.UserOffsets[user]..at);
                for (var trial = 0; trial < halfLives.Length; trial++)
                {
                    if (PlaceOf(item, counters[trial].Values, counts, history, options.Learning.ListLength) is { } place)
                    {
                        recall[trial]++;
                        ndcg[trial] += RankingMetrics.Gain(place);
                    }
                }
            }

            counts[item]++;
            foreach (var counter in counters)
            {
                counter.Add(item, 1, times[at]);
            }
        }

        var all = Math.Max(1, asked);
        return [.. halfLives.Select((halfLife, trial) => new HalfLifeTrial(halfLife, recall[trial] / all, ndcg[trial] / all))];
    }

    // Per user the place of the first item that is asked for; none: behind all.
    private static int[] FirstAsked(Interactions interactions, HeldOut heldOut)
    {
        var first = interactions.UserOffsets[1..];
        for (var i = 0; i < heldOut.Users.Length; i++)
        {
            first[heldOut.Users[i]] -= heldOut.Targets[i].Length;
        }

        return first;
    }

    private static IEnumerable<(int User, int At)> InOrder(Interactions interactions, DateTime[] times)
    {
        var users = new int[interactions.Items.Length];
        for (var user = 0; user < interactions.UserCount; user++)
        {
            users.AsSpan(interactions.UserOffsets[user]..interactions.UserOffsets[user + 1]).Fill(user);
        }

        return Enumerable.Range(0, users.Length).OrderBy(at => times[at]).Select(at => (users[at], at));
    }

    // As lists for everybody are ordered: by what fades, then by what does not. Half of the equals stand before it.
    private static int? PlaceOf(int item, ReadOnlySpan<double> values, int[] counts, ReadOnlySpan<int> history, int listLength)
    {
        var (value, count) = (Value(values, item), counts[item]);
        var (ahead, equal) = (0, 0);
        foreach (var had in history)
        {
            var order = Compare(values, counts, had);
            ahead -= order > 0 ? 1 : 0;
            equal -= order == 0 ? 1 : 0;
        }

        for (var other = 0; other < counts.Length && ahead < listLength; other++)
        {
            var order = Compare(values, counts, other);
            ahead += order > 0 ? 1 : 0;
            equal += order == 0 ? 1 : 0;
        }

        var place = ahead + (equal / 2);
        return place < listLength ? place : null;

        int Compare(ReadOnlySpan<double> all, int[] times, int other) =>
            Value(all, other) is var rival && rival != value ? rival.CompareTo(value) : times[other].CompareTo(count);
    }

    private static double Value(ReadOnlySpan<double> values, int item) => item < values.Length ? values[item] : 0;
}
