using Lepton.Orleans.Engine.LinearAlgebra;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// The blended score of one user: Σ weight · score / deviation over the sparse sources, which the workspace holds by item
/// once they have voted, the item's own popularity, and an inner product with its vector. The embedding and the popularity
/// are standardised to a mean of zero; of the votes, nearly all of which are zero, the mean is left out, for it is the same
/// for every item.
/// </summary>
internal readonly struct Scoring
{
    private const int VectorsAhead = 8;

    private readonly RankingModel _model;
    private readonly RankingWorkspace _workspace;

    private Scoring(RankingModel model, RankingWorkspace workspace)
    {
        _model = model;
        _workspace = workspace;
    }

    /// <summary>What a vote of the sequential rules is multiplied with.</summary>
    public float TransitionSlope { get; private init; }

    /// <summary>What a vote of the co-occurrences is multiplied with.</summary>
    public float CoOccurrenceSlope { get; private init; }

    /// <summary>What a vote of the neighbourhoods is multiplied with.</summary>
    public float NeighbourhoodSlope { get; private init; }

    /// <summary>What an inner product with the user vector is multiplied with.</summary>
    public float EmbeddingSlope { get; private init; }

    /// <summary>The mean of the user's inner products with all items.</summary>
    public float EmbeddingMean { get; private init; }

    /// <summary>What a share of the recurrent model is multiplied with.</summary>
    public float RecurrenceSlope { get; private init; }

    /// <summary>What a vote of like-minded users was multiplied with.</summary>
    public float UserSlope { get; private init; }

    /// <summary>Whether the embedding takes part.</summary>
    public bool UsesEmbedding => EmbeddingSlope != 0f;

    /// <summary>The items that are candidates whether anything voted for them or not: those below this number.</summary>
    public int AlwaysCandidates { get; private init; }

    /// <summary>
    /// Lets the history vote: fills the workspace's sums and the user vector. All items with a vector are candidates in a
    /// small catalogue, and where nothing was voted for.
    /// </summary>
    /// <returns>Whether any item of the history is known to the model.</returns>
    public static bool TryPrepare(RankingModel model, ReadOnlySpan<int> history, RankingWorkspace workspace, out Scoring scoring)
    {
        var known = 0;
        foreach (var item in history)
        {
            known += (uint)item < (uint)model.ItemCount ? 1 : 0;
        }

        scoring = new Scoring(model, workspace);
        if (known == 0)
        {
            return false;
        }

        scoring = WithVotes(model, history, workspace);
        if (model.Users is { } users && model.Weights.UserNeighbourhood != 0f)
        {
            scoring = scoring with { UserSlope = UserNeighbourhood.Cast(model, users, history, workspace) };
        }

        if (model.Recurrence is { } recurrence && model.Weights.Recurrence != 0f)
        {
            scoring = scoring with { RecurrenceSlope = RecurrentScan.Run(model, recurrence, history, workspace) };
        }

        if (model.Factors is { } factors && model.Weights.Embedding != 0f)
        {
            var user = workspace.UserVector(factors.Rank);
            if (factors.FoldIn(history, model.Weights.EmbeddingRecency, user))
            {
                workspace.UserScale = ByteVectors.Encode(user, workspace.UserCode);
                var moments = EmbeddingMoments(factors, user, model.ItemCount);
                scoring = scoring with
                {
                    EmbeddingSlope = model.Weights.EmbeddingFor(known) * moments.InverseDeviation,
                    EmbeddingMean = moments.Mean,
                    AlwaysCandidates = AlwaysCandidatesOf(model, factors, scoring),
                };
            }
        }

        return true;
    }

    /// <summary>The score of an item.</summary>
    public float Score(int item) =>
        _workspace.Sums[item]
        + (_model.Tables.Popularity is { } popularity ? popularity[item] : 0f)
        + FromRecurrence(item)
        + (UsesEmbedding ? FromEmbedding(item) : 0f);

    /// <summary>What the recurrent model adds to the score of an item.</summary>
    public float FromRecurrence(int item) => RecurrenceSlope == 0f ? 0f : RecurrenceSlope * RecurrentScan.ShareOf(item, _model.Recurrence!, _workspace);

    /// <summary>What like-minded users add to the score of an item.</summary>
    public float FromUsers(int item) => UserSlope == 0f ? 0f : UserSlope * UserNeighbourhood.VotesFor(item, _model.Users!, _workspace);

    /// <summary>What the embedding adds to the score of an item.</summary>
    public float FromEmbedding(int item)
    {
        var factors = _model.Factors!;
        var product = item < factors.Count ? factors.Score(_workspace.UserCode, _workspace.UserScale, item) : 0f;
        return EmbeddingSlope * (product - EmbeddingMean);
    }

    /// <summary>Adds the embedding's part to the scores of items.</summary>
    public void AddEmbedding(ReadOnlySpan<int> items, Span<float> scores)
    {
        var factors = _model.Factors!;
        for (var i = 0; i < items.Length; i++)
        {
            if (i + VectorsAhead < items.Length)
            {
                factors.Announce(items[i + VectorsAhead]);
            }

            scores[i] += FromEmbedding(items[i]);
        }
    }

    private static Scoring WithVotes(RankingModel model, ReadOnlySpan<int> history, RankingWorkspace workspace)
    {
        var (transitions, coOccurrence, neighbourhood) =
            (SparseSource.Transitions(model), SparseSource.CoOccurrence(model), SparseSource.Neighbourhood(model));
        var space = workspace.BallotSpace(3 * history.Length);

        // Where the rows are is asked for before any is looked up, and all of them before the first is read.
        Votes.Announce(transitions, history, arePlacesKnown: false);
        Votes.Announce(coOccurrence, history, arePlacesKnown: false);
        Votes.Announce(neighbourhood, history, arePlacesKnown: false);
        Votes.Announce(transitions, history, arePlacesKnown: true);
        Votes.Announce(coOccurrence, history, arePlacesKnown: true);
        Votes.Announce(neighbourhood, history, arePlacesKnown: true);
        var first = Votes.Register(transitions, history, model.ItemCount, space);
        var second = Votes.Register(coOccurrence, history, model.ItemCount, space[first.Length..]);
        var third = Votes.Register(neighbourhood, history, model.ItemCount, space[(first.Length + second.Length)..]);
        return new Scoring(model, workspace)
        {
            TransitionSlope = Votes.Cast(transitions, first, model, workspace),
            CoOccurrenceSlope = Votes.Cast(coOccurrence, second, model, workspace),
            NeighbourhoodSlope = Votes.Cast(neighbourhood, third, model, workspace),
        };
    }

    // Where no other source has a candidate the vectors have to find their own.
    private static int AlwaysCandidatesOf(RankingModel model, ItemFactors factors, in Scoring scoring) =>
        scoring is { TransitionSlope: 0f, CoOccurrenceSlope: 0f, NeighbourhoodSlope: 0f, UserSlope: 0f, RecurrenceSlope: 0f } || Ranker.ScansEverything(factors)
            ? Math.Min(factors.Count, model.ItemCount)
            : 0;

    /// <summary>Mean y·μ and second moment yᵀ M y of the user's scores over all items, without looking at any item.</summary>
    private static Moments EmbeddingMoments(ItemFactors factors, ReadOnlySpan<float> user, int itemCount)
    {
        var covered = Math.Min(factors.Count, itemCount);
        var (mean, square) = factors.Moments.ProductsWith(user);
        return Moments.From(covered * mean, covered * square, itemCount);
    }
}
