using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Training;

/// <summary>
/// Learns the blend's weights: coordinate ascent on recall@K + NDCG@K over a grid and then in small steps, on the held-out
/// ends. The sources' standardised scores are computed once per user and recency; trying a weight is then a pass over a few
/// hundred candidates a user. What is learned is never behind the best source alone there: an ascent may end on a hill that is
/// lower than where one source stands by itself.
/// </summary>
internal static class WeightLearning
{
    private static readonly float[] Grid = [0f, .1f, .2f, .3f, .5f, .7f, 1f, 1.4f, 2f];

    /// <summary>What a weight is multiplied by, where one is looked for around what was found.</summary>
    public static readonly float[] Factors = [.6f, .8f, 1.25f, 1.6f];

    private static readonly float[] HistoryExponents = [0f, .3f, .6f];

    /// <summary>What every source starts with besides the weights that are given: an ascent ends on one of many hills.</summary>
    private const float EvenWeight = .3f;

    private static readonly Func<BlendWeights, IEnumerable<BlendWeights>>[] Steps = Array.ConvertAll<Source, Func<BlendWeights, IEnumerable<BlendWeights>>>(
        [Source.Neighbourhood, Source.Embedding, Source.Recurrence, Source.Transitions, Source.CoOccurrence, Source.UserNeighbourhood],
        source => w => Factors.Select(factor => w.Scaled(source, factor)));

    /// <summary>Learns the weights.</summary>
    /// <param name="model">The sources, trained without the held-out ends.</param>
    /// <param name="alternative">Vectors that the embedding may have instead; <see langword="null"/> for none.</param>
    /// <param name="heldOut">What is asked for.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cancellationToken">Stops the learning.</param>
    public static WeightLearningResult Learn(
        RankingModel model,
        ItemFactors? alternative,
        HeldOut heldOut,
        ModelBuildOptions options,
        CancellationToken cancellationToken)
    {
        var features = BlendFeatures.Compute(model, alternative, heldOut, options, cancellationToken);
        var start = model.Weights;
        var (startRecall, startNdcg) = features.Evaluate(start, options.Learning.ListLength);
        var moves = Moves(options.OrderAware).ToArray();
        BlendWeights[] starts = [start, Even(start, options.OrderAware)];
        if (alternative is not null)
        {
            starts = [.. starts, .. starts.Select(weights => weights with { EmbeddingIsImplicit = !weights.EmbeddingIsImplicit })];
        }

        var best = starts.Select(weights => Ascend(Try(weights), moves)).MaxBy(trial => trial.Gain)!;
        if (model.Users is not null)
        {
            var even = Even(start, options.OrderAware) with { UserNeighbourhood = EvenWeight, EmbeddingIsImplicit = best.Weights.EmbeddingIsImplicit };
            Trial[] costly = [Ascend(best, [Users, .. moves]), Ascend(Try(even), [Users, .. moves])];
            best = costly.Prepend(best).MaxBy(trial => trial.Weights.UserNeighbourhood > 0 ? trial.Gain * (1 - options.Learning.Tolerance) : trial.Gain)!;
        }

        var alone = Alone(model, alternative, options.OrderAware).Select(source => (source.Source, Best: source.Blends.Select(Try).MaxBy(trial => trial.Gain)!)).ToArray();
        var single = alone.MaxBy(source => source.Best.Gain).Best;
        if (single.Gain > best.Gain)
        {
            best = Ascend(single, moves);
        }

        var thrifty = Spare(best, single.Gain);
        return new WeightLearningResult(thrifty.Weights, features.Users, thrifty.Recall, thrifty.Ndcg, startRecall, startNdcg)
        {
            Alone = Array.ConvertAll(alone, source => new SourceAlone(source.Source, source.Best.Recall, source.Best.Ndcg)),
        };

        Trial Try(BlendWeights weights)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (recall, ndcg) = features.Evaluate(weights, options.Learning.ListLength);
            return new Trial(weights, recall, ndcg);
        }

        Trial Ascend(Trial from, IReadOnlyList<Func<BlendWeights, IEnumerable<BlendWeights>>> moves)
        {
            for (var (pass, improved) = (0, true); pass < options.Learning.Passes && improved; pass++)
            {
                improved = false;

                // First over the whole grid, then around what was found.
                foreach (var move in pass == 0 ? moves : [.. moves, .. Steps])
                {
                    if (move(from.Weights).Select(Try).MaxBy(trial => trial.Gain) is { } trial && trial.Gain > from.Gain + 1e-5)
                    {
                        (from, improved) = (trial, true);
                    }
                }
            }

            return from;
        }

        // Every source costs each request its time: one that hardly adds anything is left out.
        Trial Spare(Trial all, double least)
        {
            var left = all;
            while (Without(left.Weights).Select(Try).MaxBy(trial => trial.Gain) is { } fewer
                && fewer.Gain >= Math.Max(least, all.Gain * (1 - options.Learning.Tolerance)))
            {
                left = fewer;
            }

            return left;
        }
    }

    /// <summary>The blends of one source and nothing else, with every recency that it may have.</summary>
    private static IEnumerable<(Source Source, IEnumerable<BlendWeights> Blends)> Alone(RankingModel model, ItemFactors? alternative, bool orderAware)
    {
        var silent = BlendFeatures.Silent(model.Weights);
        var recencies = orderAware ? BlendFeatures.Recencies : [0f];
        yield return (Source.CoOccurrence, [silent with { CoOccurrence = 1f }]);
        if (orderAware)
        {
            yield return (Source.Transitions, [silent with { Transitions = 1f }]);
        }

        if (model.Recurrence is not null)
        {
            yield return (Source.Recurrence, [silent with { Recurrence = 1f }]);
        }

        yield return (Source.Neighbourhood, recencies.Select(q => silent with { Neighbourhood = 1f, NeighbourhoodRecency = q }));
        if (model.Factors is not null)
        {
            bool[] kinds = alternative is null ? [silent.EmbeddingIsImplicit] : [false, true];
            yield return (Source.Embedding, kinds.SelectMany(kind => recencies.Select(q => silent with { Embedding = 1f, EmbeddingRecency = q, EmbeddingIsImplicit = kind })));
        }

        if (model.Users is not null)
        {
            yield return (Source.UserNeighbourhood, [silent with { UserNeighbourhood = 1f }]);
        }
    }

    // What learns from every event stays, whatever the slice says: only it knows of new items.
    private static IEnumerable<BlendWeights> Without(BlendWeights weights)
    {
        if (weights.CoOccurrence > 0 && weights.Transitions > 0)
        {
            yield return weights with { CoOccurrence = 0 };
        }

        if (weights.Neighbourhood > 0 && weights.Transitions + weights.CoOccurrence > 0)
        {
            yield return weights with { Neighbourhood = 0 };
        }

        if (weights.Recurrence > 0 && weights.Transitions + weights.CoOccurrence > 0)
        {
            yield return weights with { Recurrence = 0 };
        }

        if (weights.Embedding > 0 && weights.Transitions + weights.CoOccurrence > 0)
        {
            yield return weights with { Embedding = 0 };
        }
    }

    private static BlendWeights Even(BlendWeights weights, bool orderAware) => weights with
    {
        Neighbourhood = EvenWeight,
        Embedding = EvenWeight,
        CoOccurrence = EvenWeight,
        Transitions = orderAware ? EvenWeight : 0f,
        Recurrence = orderAware ? EvenWeight : 0f,
    };

    private static IEnumerable<BlendWeights> Users(BlendWeights weights) =>
        Grid.Where(x => x != weights.UserNeighbourhood).Select(x => weights with { UserNeighbourhood = x });

    private static IEnumerable<Func<BlendWeights, IEnumerable<BlendWeights>>> Moves(bool orderAware)
    {
        yield return w => Grid.Where(x => x != w.Neighbourhood).Select(x => w with { Neighbourhood = x });
        yield return w => Grid.Where(x => x != w.Embedding).Select(x => w with { Embedding = x });
        if (orderAware)
        {
            yield return w => Grid.Where(x => x != w.Recurrence).Select(x => w with { Recurrence = x });
            yield return w => Grid.Where(x => x != w.Transitions).Select(x => w with { Transitions = x });
            yield return w => BlendFeatures.Recencies.Where(x => x != w.NeighbourhoodRecency).Select(x => w with { NeighbourhoodRecency = x });
            yield return w => BlendFeatures.Recencies.Where(x => x != w.EmbeddingRecency).Select(x => w with { EmbeddingRecency = x });
        }

        yield return w => Grid.Where(x => x != w.CoOccurrence).Select(x => w with { CoOccurrence = x });
        yield return w => HistoryExponents.Where(x => x != w.EmbeddingHistoryExponent).Select(x => w with { EmbeddingHistoryExponent = x });
        yield return w => Grid[..5].Where(x => x != w.Popular).Select(x => w with { Popular = x });
    }

    private sealed record Trial(BlendWeights Weights, double Recall, double Ndcg)
    {
        public double Gain => Recall + Ndcg;
    }
}
