using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>
/// Trains a linear recurrent model: a user is a few running sums of item vectors that fade at different rates, mixed by a
/// matrix into one vector, whose inner products with the items' vectors tell what comes next. Trained by sampled softmax
/// (Jean et al., "On using very large target vocabulary", 2015) on every event and what came after it. One thread; equal
/// seeds give equal models.
/// </summary>
public static class RecurrentTraining
{
    private const int StepsUp = 200;
    private const int StepsPerReport = 64;

    /// <summary>Trains a model.</summary>
    /// <param name="interactions">Who had what, in order.</param>
    /// <param name="options">Settings; <see langword="null"/> for the defaults.</param>
    /// <param name="seed">Of everything random.</param>
    /// <param name="progress">Receives the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops the training soon.</param>
    /// <returns><see langword="null"/> if no user has two items.</returns>
    public static RecurrentFactors? Build(
        Interactions interactions,
        RecurrentOptions? options = null,
        int seed = 1,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(interactions);
        options ??= new RecurrentOptions();
        var stream = new EventStream(interactions, options.MaximumPerUser);
        if (stream.Length == 0)
        {
            return null;
        }

        var decays = options.Memories.Select(RecurrentFactors.DecayOf).ToArray();
        var parameters = new RecurrentParameters(interactions.ItemCount, decays.Length, options.Dimensions, options.Tied, seed);
        var counts = interactions.CountItems();
        var step = new RecurrentStep(options, parameters, new NegativeSampler(counts, options.NegativeExponent), decays);
        var random = new Xorshift((ulong)(uint)seed);
        var epochs = (int)Math.Clamp(options.MaximumEvents / stream.Length, 1, options.Epochs);
        var events = Math.Min(stream.Length, options.MaximumEvents);
        var steps = (double)events * epochs / options.Chunk;
        var items = new int[options.Chunk];
        var targets = new int[options.Chunk];
        var starts = new bool[options.Chunk];
        var done = 0;
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            stream.Restart(ref random);
            for (var left = events; left > 0 && stream.Read(items, targets, starts) is > 0 and var count; left -= count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var rate = options.Rate * (float)Math.Max(0, 1 - (++done / (steps + epochs + 1))) * Math.Min(1f, done / (float)StepsUp);
                _ = step.Run(items.AsSpan(0, count), targets.AsSpan(0, count), starts.AsSpan(0, count), rate, ref random);
                if (done % StepsPerReport == 0)
                {
                    progress?.Report(Math.Min(1, done / steps));
                }
            }
        }

        progress?.Report(1);
        return RecurrentFactors.From(parameters, decays, options.Tied ? options.Sharpness : 0f, counts);
    }
}
