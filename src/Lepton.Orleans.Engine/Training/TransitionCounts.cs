using Lepton.Orleans.Engine.Neighbours;

namespace Lepton.Orleans.Engine.Training;

/// <summary>
/// Sequential rules counted exactly (Ludewig &amp; Jannach, "Evaluation of session-based recommendation algorithms", 2018):
/// T(a→b) = Σ s^−γ over users in whose history b comes s ≤ window steps after a. What the counters learn per event, in one
/// pass over everything. Where interactions hold repeats, an item may follow itself.
/// </summary>
public static class TransitionCounts
{
    /// <summary>Counts the rules.</summary>
    /// <param name="interactions">Who had what, in order.</param>
    /// <param name="capacity">The most targets kept per source.</param>
    /// <param name="window">How many steps a rule reaches.</param>
    /// <param name="decay">γ.</param>
    /// <param name="backward">The weight of the opposite direction.</param>
    /// <param name="parallelism">How many threads; the result is the same for any number.</param>
    /// <param name="progress">Receives the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops the count.</param>
    public static CountedRows Count(
        Interactions interactions,
        int capacity = 200,
        int window = EventPairs.DefaultRuleWindow,
        float decay = EventPairs.DefaultRuleDecay,
        float backward = 0f,
        int parallelism = 1,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(interactions);
        var events = new ItemEvents(interactions);
        var fade = new float[window + 1];
        for (var step = 1; step <= window; step++)
        {
            fade[step] = MathF.Pow(step, -decay);
        }

        return CountRows.Run(
            interactions,
            capacity,
            (source, sums) =>
            {
                var places = events.Places(source);
                var users = events.Users(source);
                for (var e = 0; e < places.Length; e++)
                {
                    var place = places[e];
                    var end = interactions.UserOffsets[users[e] + 1];
                    for (var step = 1; step <= window && place + step < end; step++)
                    {
                        sums.Add(interactions.Items[place + step], fade[step]);
                    }

                    var start = interactions.UserOffsets[users[e]];
                    for (var step = 1; backward > 0f && step <= window && place - step >= start; step++)
                    {
                        sums.Add(interactions.Items[place - step], backward * fade[step]);
                    }
                }
            },
            parallelism,
            progress,
            cancellationToken);
    }
}
