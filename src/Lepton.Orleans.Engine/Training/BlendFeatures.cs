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
    private const int RecurrenceColumn = 3;
    private const int UserColumn = 4;
    private const int NeighbourhoodColumn = 5;

    /// <summary>The recency exponents that the neighbourhoods and the embedding are tried with.</summary>
    public static readonly float[] Recencies = [0f, .5f, 1f];

    private const int SampledUsers = 256;

    private static readonly int EmbeddingColumn = NeighbourhoodColumn + Recencies.Length;
    private static readonly int AlternativeColumn = EmbeddingColumn + Recencies.Length;
    private static readonly int Columns = AlternativeColumn + Recencies.Length;

    private readonly UserFeatures[] _users;

    // Where a column is among those that there are; −1 for one that is not.
    private readonly int[] _slots;
    private readonly int _parallelism;

    private BlendFeatures(UserFeatures[] users, int[] slots, int parallelism)
    {
        _users = users;
        _slots = slots;
        _parallelism = parallelism;
    }

    /// <summary>How many users there are: fewer than were held out where those would take too much memory.</summary>
    public int Users => _users.Length;

    public static BlendFeatures Compute(
        RankingModel model,
        ItemFactors? alternative,
        HeldOut heldOut,
        ModelBuildOptions options,
        CancellationToken cancellationToken)
    {
        // A source's column is the score of a blend of it alone: what is learned from is what requests are answered with.
        var recencies = options.OrderAware ? Recencies : [0f];
        var alone = new RankingModel?[Columns];
        alone[TransitionColumn] = options.OrderAware ? Alone(model, Silent(model.Weights) with { Transitions = 1f }) : null;
        alone[CoOccurrenceColumn] = Alone(model, Silent(model.Weights) with { CoOccurrence = 1f });
        alone[RecurrenceColumn] = model.Recurrence is null ? null : Alone(model, Silent(model.Weights) with { Recurrence = 1f });
        alone[UserColumn] = model.Users is null ? null : Alone(model, Silent(model.Weights) with { UserNeighbourhood = 1f });
        alone[PopularColumn] = Alone(model, Silent(model.Weights) with { Popular = 1f });
        for (var i = 0; i < recencies.Length; i++)
        {
            alone[NeighbourhoodColumn + i] = Alone(model, Silent(model.Weights) with { Neighbourhood = 1f, NeighbourhoodRecency = recencies[i] });
            alone[EmbeddingColumn + i] = Alone(model, Silent(model.Weights) with { Embedding = 1f, EmbeddingRecency = recencies[i] });
            alone[AlternativeColumn + i] = alternative is null
                ? null
                : Alone(model with { Factors = alternative }, Silent(model.Weights) with { Embedding = 1f, EmbeddingRecency = recencies[i] });
        }

        var together = Alone(model, Silent(model.Weights) with
        {
            Transitions = options.OrderAware ? 1f : 0f,
            CoOccurrence = 1f,
            Recurrence = model.Recurrence is null ? 0f : 1f,
            Neighbourhood = 1f,
            NeighbourhoodRecency = 0f,
            UserNeighbourhood = model.Users is null ? 0f : 1f,
        });
        var eligible = Candidates.Everything(model.ItemCount);

        // How many users fit shows in some of them; the others are then taken at even distances. A user of many candidates and
        // sources takes 40 KB, most take 5 to 10.
        var some = Of(Spread(heldOut.Users.Length, SampledUsers));
        var fitting = some.Length == 0 ? 0 : (int)Math.Min(heldOut.Users.Length, options.Learning.MaximumBytes / Math.Max(1, some.Average(user => sizeof(float) * user.Values.Length)));
        var users = fitting <= some.Length ? some : Of(Spread(heldOut.Users.Length, fitting));
        return new BlendFeatures(users, SlotsOf(alone), options.Parallelism);

        UserFeatures[] Of(int[] which)
        {
            var features = new UserFeatures[which.Length];
            ParallelRows.Run(
                which.Length,
                8,
                options.Parallelism,
                static () => new RankingWorkspace(),
                (first, end, workspace) =>
                {
                    for (var i = first; i < end; i++)
                    {
                        var history = heldOut.Training.Of(heldOut.Users[which[i]]).ToArray();
                        Array.Reverse(history);
                        features[i] = BlendFeatures.Of(together, alone, history, heldOut.Targets[which[i]], eligible, heldOut.Repeats, options.Learning.CandidatesPerSource, workspace);
                    }
                },
                null,
                cancellationToken);
            return features;
        }
    }

    /// <summary>What a blend that is used can be learned from anew: its sources in the form that it has them in, those without a weight left out.</summary>
    public static (RankingModel Together, RankingModel?[] Alone, int[] Slots) Of(RankingModel model)
    {
        var (weights, silent) = (model.Weights, Silent(model.Weights));
        var alone = new RankingModel?[Columns];
        Use(TransitionColumn, weights.Transitions, silent with { Transitions = 1f });
        Use(CoOccurrenceColumn, weights.CoOccurrence, silent with { CoOccurrence = 1f });
        Use(PopularColumn, weights.Popular, silent with { Popular = 1f });
        Use(RecurrenceColumn, model.Recurrence is null ? 0f : weights.Recurrence, silent with { Recurrence = 1f });
        Use(UserColumn, model.Users is null ? 0f : weights.UserNeighbourhood, silent with { UserNeighbourhood = 1f });
        Use(NeighbourhoodColumnOf(weights), weights.Neighbourhood, silent with { Neighbourhood = 1f });
        Use(EmbeddingColumnOf(weights), model.Factors is null ? 0f : weights.Embedding, silent with { Embedding = 1f });
        var together = Alone(model, silent with
        {
            Transitions = 1f,
            CoOccurrence = 1f,
            Recurrence = alone[RecurrenceColumn] is null ? 0f : 1f,
            Neighbourhood = weights.Neighbourhood > 0f ? 1f : 0f,
            UserNeighbourhood = alone[UserColumn] is null ? 0f : 1f,
        });
        return (together, alone, SlotsOf(alone));

        void Use(int column, float weight, BlendWeights only) => alone[column] = weight > 0f ? Alone(model, only) : null;
    }

    /// <summary>Features that were computed one by one.</summary>
    public static BlendFeatures From(IEnumerable<UserFeatures> users, int[] slots) => new([.. users], slots, parallelism: 1);

    private static int[] SlotsOf(RankingModel?[] alone)
    {
        var next = 0;
        return Array.ConvertAll(alone, source => source is null ? -1 : next++);
    }

    private static int NeighbourhoodColumnOf(BlendWeights weights) => NeighbourhoodColumn + Math.Max(0, Array.IndexOf(Recencies, weights.NeighbourhoodRecency));

    private static int EmbeddingColumnOf(BlendWeights weights) =>
        (weights.EmbeddingIsImplicit ? AlternativeColumn : EmbeddingColumn) + Math.Max(0, Array.IndexOf(Recencies, weights.EmbeddingRecency));

    private static int[] Spread(int all, int some) =>
        some >= all ? [.. Enumerable.Range(0, all)] : [.. Enumerable.Range(0, some).Select(i => (int)((long)i * all / some))];

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
                    (recall[i], ndcg[i]) = _users[i].Evaluate(blend, _slots, listLength, scratch.Scores(_users[i].Candidates));
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
        blend[RecurrenceColumn] = weights.Recurrence;
        blend[UserColumn] = weights.UserNeighbourhood;
        blend[NeighbourhoodColumnOf(weights)] = weights.Neighbourhood;
        blend[EmbeddingColumnOf(weights)] = weights.EmbeddingFor(historyItems);
    }

    /// <summary>These weights without any source.</summary>
    public static BlendWeights Silent(BlendWeights weights) => weights with
    {
        Transitions = 0f,
        CoOccurrence = 0f,
        Recurrence = 0f,
        Neighbourhood = 0f,
        UserNeighbourhood = 0f,
        Embedding = 0f,
        Trending = 0f,
        Popular = 0f,
        EmbeddingHistoryExponent = 0f,
    };

    private static RankingModel Alone(RankingModel model, BlendWeights weights) => (model with { Weights = weights }).Prepare();

    /// <summary>One user's candidates and how every source scores them.</summary>
    public static UserFeatures Of(
        RankingModel together,
        RankingModel?[] alone,
        int[] history,
        int[] targets,
        ulong[] eligible,
        bool repeats,
        int perSource,
        RankingWorkspace workspace)
    {
        var items = CandidatesOf(together, history, eligible, repeats, workspace);
        var columns = Array.ConvertAll(alone, model => model is null ? null : Column(model, history, items, workspace));
        return Reduce(items, columns, targets, perSource, history.Length);
    }

    private static int[] CandidatesOf(RankingModel model, int[] history, ulong[] eligible, bool repeats, RankingWorkspace workspace)
    {
        var everything = model.Factors is { } factors && Ranker.ScansEverything(factors);
        workspace.Begin(model.ItemCount, 0);
        try
        {
            workspace.Exclude(repeats ? [] : history, model.ItemCount);
            if (!Scoring.TryPrepare(model, history, workspace, out var scoring))
            {
                return [];
            }

            if (scoring.RecurrenceSlope != 0f)
            {
                RecurrentScan.Promote(model, scoring.RecurrenceSlope, 0, workspace);
            }

            return workspace.Items[..Candidates.Take(model, everything ? model.ItemCount : 0, eligible, workspace)];
        }
        finally
        {
            workspace.Clear();
        }
    }

    private static float[] Column(RankingModel model, int[] history, int[] items, RankingWorkspace workspace)
    {
        var scores = new float[items.Length];
        Ranker.Score(model, history, items, scores, workspace);
        return scores;
    }

    /// <summary>Keeps each source's best candidates and the targets.</summary>
    private static UserFeatures Reduce(int[] items, float[]?[] columns, int[] targets, int perSource, int historyItems)
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
            if (column == PopularColumn || columns[column] is not { } scores)
            {
                continue;
            }

            var best = new TopBuffer(keys, perSource);
            for (var i = 0; i < items.Length; i++)
            {
                best.Push(ScoreKey.Of(scores[i], i));
            }

            foreach (var key in best.Unordered())
            {
                keep[ScoreKey.Item(key)] = true;
            }
        }

        var kept = Enumerable.Range(0, items.Length).Where(i => keep[i]).ToArray();
        float[] values = [.. columns.OfType<float[]>().SelectMany(scores => kept.Select(item => scores[item]))];
        return new UserFeatures(values, kept.Length, kept.Select((from, row) => (from, row)).Where(x => isTarget[x.from]).Select(x => x.row).ToArray(), targets.Length, historyItems);
    }

    /// <summary>One user's candidates, column by column of those that there are.</summary>
    internal sealed record UserFeatures(float[] Values, int Candidates, int[] TargetRows, int Targets, int HistoryItems)
    {
        public (double Recall, double Ndcg) Evaluate(ReadOnlySpan<float> blend, ReadOnlySpan<int> slots, int listLength, Span<float> scores)
        {
            scores.Clear();
            for (var column = 0; column < blend.Length; column++)
            {
                if (blend[column] != 0f && slots[column] >= 0)
                {
                    TensorPrimitives.MultiplyAdd(Values.AsSpan(slots[column] * scores.Length, scores.Length), blend[column], scores, scores);
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
