using System.Numerics.Tensors;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Selection;

namespace Lepton.Orleans.Engine.Training;

/// <summary>Standardised scores of every source for the candidates of the held-out users: what trying a blend needs, and nothing else.</summary>
internal sealed class BlendFeatures
{
    private const int TransitionColumn = 0;
    private const int CoOccurrenceColumn = 1;
    private const int PopularColumn = 2;
    private const int NeighbourhoodColumn = 3;

    /// <summary>The recency exponents that the neighbourhoods and the embedding are tried with.</summary>
    public static readonly float[] Recencies = [0f, .5f, 1f];

    private static readonly int EmbeddingColumn = NeighbourhoodColumn + Recencies.Length;
    private static readonly int Columns = EmbeddingColumn + Recencies.Length;

    private readonly UserFeatures[] _users;
    private readonly int _parallelism;

    private BlendFeatures(UserFeatures[] users, int parallelism)
    {
        _users = users;
        _parallelism = parallelism;
    }

    public static BlendFeatures Compute(RankingModel model, HeldOut heldOut, ModelBuildOptions options, CancellationToken cancellationToken)
    {
        // Every source at weight 1, so that none is skipped; the blend itself is not used here.
        var recencies = options.OrderAware ? Recencies : [0f];
        var variants = recencies.Select(recency => (model with
        {
            Weights = model.Weights with
            {
                Transitions = options.OrderAware ? 1f : 0f,
                CoOccurrence = 1f,
                Neighbourhood = 1f,
                Embedding = 1f,
                EmbeddingHistoryExponent = 0f,
                NeighbourhoodRecency = recency,
                EmbeddingRecency = recency,
            },
        }).Prepare()).ToArray();
        var users = new UserFeatures[heldOut.Users.Length];
        ParallelRows.Run(
            users.Length,
            8,
            options.Parallelism,
            static () => new RankingWorkspace(),
            (first, end, workspace) =>
            {
                for (var i = first; i < end; i++)
                {
                    var history = heldOut.Training.Of(heldOut.Users[i]).ToArray();
                    Array.Reverse(history);
                    users[i] = Of(variants, history, heldOut.Targets[i], options.Learning.CandidatesPerSource, workspace);
                }
            },
            null,
            cancellationToken);
        return new BlendFeatures(users, options.Parallelism);
    }

    /// <summary>Recall@K and NDCG@K over the held-out users with a blend; equal scores count as half ahead.</summary>
    public (double Recall, double Ndcg) Evaluate(BlendWeights weights, int listLength)
    {
        var recall = new double[_users.Length];
        var ndcg = new double[_users.Length];
        ParallelRows.Run(
            _users.Length,
            64,
            _parallelism,
            static () => new Scratch(),
            (first, end, scratch) =>
            {
                Span<float> blend = stackalloc float[Columns];
                for (var i = first; i < end; i++)
                {
                    Blend(weights, _users[i].HistoryItems, blend);
                    (recall[i], ndcg[i]) = _users[i].Evaluate(blend, listLength, scratch.Scores(_users[i].Candidates));
                }
            },
            null,
            CancellationToken.None);
        return (recall.Length == 0 ? 0 : recall.Average(), ndcg.Length == 0 ? 0 : ndcg.Average());
    }

    private static void Blend(BlendWeights weights, int historyItems, Span<float> blend)
    {
        blend.Clear();
        blend[TransitionColumn] = weights.Transitions;
        blend[CoOccurrenceColumn] = weights.CoOccurrence;
        blend[PopularColumn] = weights.Popular;
        blend[NeighbourhoodColumn + Math.Max(0, Array.IndexOf(Recencies, weights.NeighbourhoodRecency))] = weights.Neighbourhood;
        blend[EmbeddingColumn + Math.Max(0, Array.IndexOf(Recencies, weights.EmbeddingRecency))] = weights.EmbeddingFor(historyItems);
    }

    private static UserFeatures Of(RankingModel[] variants, int[] history, int[] targets, int perSource, RankingWorkspace workspace)
    {
        int[] items = [];
        float[][] columns = [];
        for (var variant = 0; variant < variants.Length; variant++)
        {
            var model = variants[variant];
            workspace.Begin(model.ItemCount, 0);
            try
            {
                workspace.Exclude(history, model.ItemCount);
                if (!Scoring.TryPrepare(model, history, workspace, out var scoring))
                {
                    return new UserFeatures([], [], targets.Length, history.Length);
                }

                if (variant == 0)
                {
                    items = Candidates(model, workspace);
                    columns = Enumerable.Range(0, Columns).Select(_ => new float[items.Length]).ToArray();
                }

                Fill(model, scoring, workspace, variant, items, columns);
            }
            finally
            {
                workspace.Clear();
            }
        }

        return Reduce(items, columns, targets, perSource, history.Length);
    }

    private static int[] Candidates(RankingModel model, RankingWorkspace workspace)
    {
        var everything = model.Factors is { } factors && Ranker.ScansEverything(factors);
        return everything
            ? Enumerable.Range(0, model.ItemCount).Where(item => workspace.State(item) != RankingWorkspace.Barred).ToArray()
            : workspace.Touched.AsSpan(0, workspace.TouchedCount).ToArray()
                .Where(item => workspace.State(item) == RankingWorkspace.Candidate).Order().ToArray();
    }

    private static void Fill(RankingModel model, in Scoring scoring, RankingWorkspace workspace, int variant, int[] items, float[][] columns)
    {
        var moments = scoring.Moments;
        for (var i = 0; i < items.Length; i++)
        {
            var cell = workspace.Cells[items[i]];
            columns[NeighbourhoodColumn + variant][i] = moments.Neighbourhood.Standardise(cell[Scoring.NeighbourhoodLane]);
            columns[EmbeddingColumn + variant][i] = scoring.UsesEmbedding ? moments.Embedding.Standardise(scoring.RawEmbedding(items[i])) : 0f;
            if (variant == 0)
            {
                columns[TransitionColumn][i] = moments.Transitions.Standardise(cell[Scoring.TransitionLane]);
                columns[CoOccurrenceColumn][i] = moments.CoOccurrence.Standardise(cell[Scoring.CoOccurrenceLane]);
                columns[PopularColumn][i] = items[i] < model.Counts.Length ? model.Tables.Popular.Standardise(model.Counts[items[i]]) : 0f;
            }
        }
    }

    /// <summary>Keeps each source's best candidates and the targets.</summary>
    private static UserFeatures Reduce(int[] items, float[][] columns, int[] targets, int perSource, int historyItems)
    {
        var keep = new bool[items.Length];
        var isTarget = new bool[items.Length];
        foreach (var target in targets)
        {
            var at = Array.BinarySearch(items, target);
            if (at >= 0)
            {
                keep[at] = isTarget[at] = true;
            }
        }

        var keys = new ulong[TopBuffer.SpaceFor(perSource)];
        for (var column = 0; column < Columns; column++)
        {
            if (column == PopularColumn)
            {
                continue;
            }

            var best = new TopBuffer(keys, perSource);
            for (var i = 0; i < items.Length; i++)
            {
                best.Push(ScoreKey.Of(columns[column][i], i));
            }

            foreach (var key in best.Unordered())
            {
                keep[ScoreKey.Item(key)] = true;
            }
        }

        var kept = Enumerable.Range(0, items.Length).Where(i => keep[i]).ToArray();
        var values = new float[kept.Length * Columns];
        for (var column = 0; column < Columns; column++)
        {
            for (var row = 0; row < kept.Length; row++)
            {
                values[column * kept.Length + row] = columns[column][kept[row]];
            }
        }

        return new UserFeatures(values, kept.Select((from, row) => (from, row)).Where(x => isTarget[x.from]).Select(x => x.row).ToArray(), targets.Length, historyItems);
    }

    /// <summary>One user's candidates, column by column.</summary>
    private sealed record UserFeatures(float[] Values, int[] TargetRows, int Targets, int HistoryItems)
    {
        public int Candidates => Values.Length / Columns;

        public (double Recall, double Ndcg) Evaluate(ReadOnlySpan<float> blend, int listLength, Span<float> scores)
        {
            scores.Clear();
            for (var column = 0; column < blend.Length; column++)
            {
                if (blend[column] != 0f)
                {
                    TensorPrimitives.MultiplyAdd(Values.AsSpan(column * scores.Length, scores.Length), blend[column], scores, scores);
                }
            }

            double hits = 0, gain = 0;
            foreach (var row in TargetRows)
            {
                var place = Evaluation.RankingMetrics.PlaceOf(scores, row);
                if (place < listLength)
                {
                    hits++;
                    gain += Evaluation.RankingMetrics.Gain(place);
                }
            }

            return (hits / Targets, gain / Evaluation.RankingMetrics.IdealGain(Targets, listLength));
        }
    }

    private sealed class Scratch
    {
        private float[] _scores = [];

        public Span<float> Scores(int count)
        {
            if (_scores.Length < count)
            {
                _scores = new float[2 * count];
            }

            return _scores.AsSpan(0, count);
        }
    }
}
