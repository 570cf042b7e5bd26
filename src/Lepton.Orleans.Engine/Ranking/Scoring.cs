using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lepton.Orleans.Engine.LinearAlgebra;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// The blended score of one user as a linear function: z-scores are affine in the raw scores, so once the moments are
/// known an item costs one inner product over the sparse sources and one over its vector.
/// </summary>
internal readonly struct Scoring
{
    private const int VectorsAhead = 8;

    public const int TransitionLane = 0;
    public const int CoOccurrenceLane = 1;
    public const int NeighbourhoodLane = 2;
    public const int PopularityLane = 3;

    private readonly RankingModel _model;
    private readonly RankingWorkspace _workspace;
    private readonly Vector128<float> _slopes;
    private readonly float _constant;
    private readonly float _embeddingSlope;

    private Scoring(RankingModel model, RankingWorkspace workspace, SourceMoments moments, int known, bool scansEverything)
    {
        var weights = model.Weights;
        _model = model;
        _workspace = workspace;
        Moments = moments;
        ScansEverything = scansEverything;
        _slopes = Vector128.Create(
            weights.Transitions * moments.Transitions.InverseDeviation,
            weights.CoOccurrence * moments.CoOccurrence.InverseDeviation,
            weights.Neighbourhood * moments.Neighbourhood.InverseDeviation,
            1f);
        EmbeddingWeight = weights.EmbeddingFor(known);
        _embeddingSlope = EmbeddingWeight * moments.Embedding.InverseDeviation;
        var means = Vector128.Create(moments.Transitions.Mean, moments.CoOccurrence.Mean, moments.Neighbourhood.Mean, 0f);
        _constant = -Vector128.Dot(_slopes, means) - _embeddingSlope * moments.Embedding.Mean;
    }

    /// <summary>Mean and deviation of each personal source.</summary>
    public SourceMoments Moments { get; }

    /// <summary>The weight of the embedding for this history.</summary>
    public float EmbeddingWeight { get; }

    /// <summary>Whether the embedding takes part.</summary>
    public bool UsesEmbedding => _embeddingSlope != 0f;

    /// <summary>Whether every item with a vector was gathered, not only what another source pointed to.</summary>
    public bool ScansEverything { get; }

    /// <summary>
    /// Lets the history vote: fills the workspace's cells, its list of touched items and the user vector, and measures
    /// the moments.
    /// </summary>
    /// <returns>Whether any item of the history is known to the model.</returns>
    public static bool TryPrepare(RankingModel model, ReadOnlySpan<int> history, RankingWorkspace workspace, out Scoring scoring) =>
        TryPrepare(model, history, [], false, workspace, out scoring);

    /// <summary>
    /// The same, and gathers the candidates: the touched items that are eligible and not excluded, with their cells side by
    /// side. The dense accumulators are clean again afterwards. All items with a vector are candidates in a small catalogue,
    /// and where nothing was touched.
    /// </summary>
    public static bool TryGather(
        RankingModel model,
        ReadOnlySpan<int> history,
        ReadOnlySpan<ulong> eligible,
        RankingWorkspace workspace,
        out Scoring scoring) => TryPrepare(model, history, eligible, true, workspace, out scoring);

    private static bool TryPrepare(
        RankingModel model,
        ReadOnlySpan<int> history,
        ReadOnlySpan<ulong> eligible,
        bool gather,
        RankingWorkspace workspace,
        out Scoring scoring)
    {
        var weights = model.Weights;
        var known = 0;
        foreach (var item in history)
        {
            known += (uint)item < (uint)model.ItemCount ? 1 : 0;
        }

        if (known == 0)
        {
            scoring = default;
            return false;
        }

        var before = workspace.TouchedCount;
        Votes.Cast(model, history, workspace);
        var everything = false;
        Moments embedding = default;
        if (model.Factors is { } factors && weights.Embedding != 0f)
        {
            var user = workspace.UserVector(factors.Rank);
            if (factors.FoldIn(history, weights.EmbeddingRecency, user))
            {
                embedding = EmbeddingMoments(factors, user, model.ItemCount);
                // Where no other source has a candidate the vectors have to find their own.
                everything = gather && (Ranker.ScansEverything(factors) || workspace.TouchedCount == before);
                if (everything)
                {
                    TouchAll(Math.Min(factors.Count, model.ItemCount), workspace);
                }
            }
        }

        var moments = (gather ? Gather(model, eligible, workspace) : Finish(model, workspace)) with { Embedding = embedding };
        scoring = new Scoring(model, workspace, moments, known, everything);
        return true;
    }

    /// <summary>The score of an item from all sources but the embedding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float WithoutEmbedding(int item) =>
        WithoutEmbedding(_workspace.Cells[item].WithElement(PopularityLane, _model.Tables.Targets[item][PopularityLane]));

    /// <summary>The score of a gathered cell from all sources but the embedding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float WithoutEmbedding(Vector128<float> gathered) => Vector128.Dot(gathered, _slopes) + _constant;

    /// <summary>What the embedding adds to <see cref="WithoutEmbedding(int)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float FromEmbedding(int item) => _embeddingSlope * RawEmbedding(item);

    /// <summary>Adds the embedding's part to the scores of items.</summary>
    public void AddEmbedding(ReadOnlySpan<int> items, Span<float> scores)
    {
        var factors = _model.Factors!;
        var rank = factors.Rank;
        var count = factors.Count;
        ReadOnlySpan<float> vectors = factors.Vectors;
        ReadOnlySpan<float> user = _workspace.User.AsSpan(0, rank);
        for (var i = 0; i < items.Length; i++)
        {
            if (i + VectorsAhead < items.Length && (uint)items[i + VectorsAhead] < (uint)count)
            {
                Prefetch.Run(vectors.Slice(items[i + VectorsAhead] * rank, rank));
            }

            if ((uint)items[i] < (uint)count)
            {
                scores[i] += _embeddingSlope * InnerProduct.Of(user, vectors.Slice(items[i] * rank, rank));
            }
        }
    }

    /// <summary>The inner product of the user and an item; 0 for an item without a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float RawEmbedding(int item)
    {
        var factors = _model.Factors!;
        return (uint)item < (uint)factors.Count
            ? InnerProduct.Of(_workspace.User.AsSpan(0, factors.Rank), factors.Vector(item))
            : 0f;
    }

    /// <summary>Applies the factors that depend on the target alone, once per target, and measures the moments on the way.</summary>
    private static SourceMoments Finish(RankingModel model, RankingWorkspace workspace)
    {
        var targets = model.Tables.Targets;
        var sums = Vector128<float>.Zero;
        var squares = Vector128<float>.Zero;
        var cells = workspace.Cells;
        foreach (var item in workspace.Touched.AsSpan(0, workspace.TouchedCount))
        {
            // The last lane is the item's state and stays what it is.
            var cell = cells[item] * targets[item];
            cells[item] = cell.WithElement(PopularityLane, cells[item][PopularityLane]);
            sums += cell;
            squares += cell * cell;
        }

        return MomentsOf(sums, squares, model.ItemCount);
    }

    private static SourceMoments Gather(RankingModel model, ReadOnlySpan<ulong> eligible, RankingWorkspace workspace)
    {
        var targets = model.Tables.Targets;
        var sums = Vector128<float>.Zero;
        var squares = Vector128<float>.Zero;
        var cells = workspace.Cells;
        var touched = workspace.Touched;
        var gathered = workspace.Gathered;
        var kept = 0;
        for (var i = 0; i < workspace.TouchedCount; i++)
        {
            var item = touched[i];
            var isCandidate = workspace.State(item) == RankingWorkspace.Candidate;
            var cell = cells[item].WithElement(PopularityLane, 1f) * targets[item];
            cells[item] = default;
            sums += cell;
            squares += cell * cell;
            touched[kept] = item;
            gathered[kept] = cell;
            kept += isCandidate && Ranker.IsEligible(eligible, item) ? 1 : 0;
        }

        // What was touched is clean again: nothing is left for Clear to do.
        (workspace.GatheredCount, workspace.TouchedCount) = (kept, 0);
        return MomentsOf(sums, squares, model.ItemCount);
    }

    private static void TouchAll(int items, RankingWorkspace workspace)
    {
        for (var item = 0; item < items; item++)
        {
            ref var state = ref workspace.State(item);
            var isNew = state == RankingWorkspace.Untouched ? 1 : 0;
            workspace.Touched[workspace.TouchedCount] = item;
            workspace.TouchedCount += isNew;
            state += isNew;
        }
    }

    private static SourceMoments MomentsOf(Vector128<float> sums, Vector128<float> squares, int itemCount) => new(
        Ranking.Moments.From(sums[TransitionLane], squares[TransitionLane], itemCount),
        Ranking.Moments.From(sums[CoOccurrenceLane], squares[CoOccurrenceLane], itemCount),
        Ranking.Moments.From(sums[NeighbourhoodLane], squares[NeighbourhoodLane], itemCount),
        default);

    /// <summary>Mean y·μ and second moment yᵀ M y of the user's scores over all items, without looking at any item.</summary>
    private static Moments EmbeddingMoments(ItemFactors factors, ReadOnlySpan<float> user, int itemCount)
    {
        var covered = Math.Min(factors.Count, itemCount);
        var squares = 0.0;
        for (var d = 0; d < factors.Rank; d++)
        {
            squares += user[d] * TensorPrimitives.Dot(user, factors.SecondMoments.AsSpan(d * factors.Rank, factors.Rank));
        }

        return Ranking.Moments.From(covered * (double)TensorPrimitives.Dot(user, factors.Mean), covered * squares, itemCount);
    }
}
