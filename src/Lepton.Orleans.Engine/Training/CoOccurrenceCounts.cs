namespace Lepton.Orleans.Engine.Training;

/// <summary>
/// User-weighted co-occurrence counted exactly, for histories without order (Deshpande &amp; Karypis, "Item-based top-N
/// recommendation algorithms", 2004): C(a, b) = Σ d_u^−.6 over users who have both within a window of each other. Where
/// order is known, co-occurrences are what <see cref="TransitionCounts"/> counts in both directions.
/// </summary>
public static class CoOccurrenceCounts
{
    /// <summary>How far apart in a user's history two items may be.</summary>
    public const int DefaultWindow = 50;

    /// <summary>The exponent in d^−.6, d the user's number of items: active users say less with each item.</summary>
    public const float DefaultUserExponent = .6f;

    /// <summary>Counts the pairs.</summary>
    /// <param name="interactions">Who had what, in order.</param>
    /// <param name="capacity">The most neighbours kept per item.</param>
    /// <param name="window">How far apart in a user's history two items may be.</param>
    /// <param name="userExponent">The exponent of d_u, the user's number of items.</param>
    /// <param name="parallelism">How many threads; the result is the same for any number.</param>
    /// <param name="progress">Receives the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops the count.</param>
    public static CountedRows Count(
        Interactions interactions,
        int capacity = 200,
        int window = DefaultWindow,
        float userExponent = DefaultUserExponent,
        int parallelism = 1,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(interactions);
        var events = new ItemEvents(interactions);
        return CountRows.Run(
            interactions,
            capacity,
            (item, sums) =>
            {
                var places = events.Places(item);
                var users = events.Users(item);
                for (var e = 0; e < places.Length; e++)
                {
                    var start = interactions.UserOffsets[users[e]];
                    var end = interactions.UserOffsets[users[e] + 1];
                    var weight = MathF.Pow(end - start, -userExponent);
                    for (var place = Math.Max(start, places[e] - window); place < Math.Min(end, places[e] + window + 1); place++)
                    {
                        if (place != places[e])
                        {
                            sums.Add(interactions.Items[place], weight);
                        }
                    }
                }
            },
            parallelism,
            progress,
            cancellationToken);
    }
}
