using Lepton.Orleans.Engine.Ranking;

namespace Lepton.Orleans.Engine.Training;

/// <summary>
/// Learns the blend's weights: coordinate ascent on recall@K + NDCG@K over a grid, on the held-out ends. The sources'
/// standardised scores are computed once per user and recency; trying a weight is then a pass over a few hundred
/// candidates a user.
/// </summary>
internal static class WeightLearning
{
    private static readonly float[] Grid = [0f, .1f, .2f, .3f, .5f, .7f, 1f, 1.4f, 2f];
    private static readonly float[] HistoryExponents = [0f, .3f, .6f];

    public static WeightLearningResult Learn(RankingModel model, HeldOut heldOut, ModelBuildOptions options, CancellationToken cancellationToken)
    {
        var features = BlendFeatures.Compute(model, heldOut, options, cancellationToken);
        var start = model.Weights;
        var (startRecall, startNdcg) = features.Evaluate(start, options.Learning.ListLength);
        var best = start;
        var (recall, ndcg) = (startRecall, startNdcg);
        var moves = Moves(options.OrderAware).ToArray();
        for (var pass = 0; pass < options.Learning.Passes; pass++)
        {
            var improved = false;
            foreach (var move in moves)
            {
                foreach (var candidate in move(best))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var (candidateRecall, candidateNdcg) = features.Evaluate(candidate, options.Learning.ListLength);
                    if (candidateRecall + candidateNdcg > recall + ndcg + 1e-5)
                    {
                        (best, recall, ndcg, improved) = (candidate, candidateRecall, candidateNdcg, true);
                    }
                }
            }

            if (!improved)
            {
                break;
            }
        }

        return new WeightLearningResult(best, heldOut.Users.Length, recall, ndcg, startRecall, startNdcg);
    }

    private static IEnumerable<Func<BlendWeights, IEnumerable<BlendWeights>>> Moves(bool orderAware)
    {
        yield return w => Grid.Where(x => x != w.Neighbourhood).Select(x => w with { Neighbourhood = x });
        yield return w => Grid.Where(x => x != w.Embedding).Select(x => w with { Embedding = x });
        if (orderAware)
        {
            yield return w => Grid.Where(x => x != w.Transitions).Select(x => w with { Transitions = x });
            yield return w => BlendFeatures.Recencies.Where(x => x != w.NeighbourhoodRecency).Select(x => w with { NeighbourhoodRecency = x });
            yield return w => BlendFeatures.Recencies.Where(x => x != w.EmbeddingRecency).Select(x => w with { EmbeddingRecency = x });
        }

        yield return w => Grid.Where(x => x != w.CoOccurrence).Select(x => w with { CoOccurrence = x });
        yield return w => HistoryExponents.Where(x => x != w.EmbeddingHistoryExponent).Select(x => w with { EmbeddingHistoryExponent = x });
        yield return w => Grid[..5].Where(x => x != w.Popular).Select(x => w with { Popular = x });
    }
}
