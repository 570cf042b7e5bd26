using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Evaluation;

/// <summary>How published figures were measured: what is trained on, what is asked, and what is left out of the ranking.</summary>
public static class Protocols
{
    /// <summary>
    /// Top-K over the whole catalogue without the training items (He et al., "LightGCN", 2020): recall@20 and NDCG@20.
    /// </summary>
    /// <param name="training">A list a user, oldest first.</param>
    /// <param name="test">What each of these users had beyond it; shorter than <paramref name="training"/> for users without.</param>
    public static EvaluationData TopK(IReadOnlyList<int[]> training, IReadOnlyList<int[]> test)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(test);
        var interactions = Interactions.From(training, ItemCount(training.Concat(test)));
        var cases = new List<EvaluationCase>();
        for (var user = 0; user < test.Count; user++)
        {
            var history = user < interactions.UserCount ? NewestFirst(interactions.Of(user)) : [];
            cases.Add(new EvaluationCase(history, test[user].Distinct().ToArray(), history));
        }

        return new EvaluationData(interactions, cases, 20);
    }

    /// <summary>
    /// Leave-one-out against sampled negatives (He et al., "Neural collaborative filtering", 2017): HR@10 and NDCG@10 of one
    /// item among 99 others.
    /// </summary>
    /// <param name="training">A list a user, oldest first.</param>
    /// <param name="test">Per user the item that was left out and the negatives.</param>
    /// <param name="orderKnown">
    /// Whether the lists are in order of time. If not, they are shuffled: files without times tend to be sorted by item, and
    /// rules learned from that order would predict the sorting.
    /// </param>
    public static EvaluationData LeaveOneOut(
        IReadOnlyList<int[]> training,
        IReadOnlyList<(int User, int Item, int[] Negatives)> test,
        bool orderKnown = true)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(test);
        if (!orderKnown)
        {
            training = training.Select(static (list, user) => Shuffled(list, user)).ToArray();
        }

        var interactions = Interactions.From(training, ItemCount(training.Concat(test.Select(static t => (int[])[t.Item, .. t.Negatives]))));
        var cases = test.Select(t =>
        {
            var history = t.User < interactions.UserCount ? NewestFirst(interactions.Of(t.User)) : [];
            return new EvaluationCase(history, [t.Item], history, [t.Item, .. t.Negatives]);
        }).ToArray();
        return new EvaluationData(interactions, cases, 10, orderKnown);
    }

    /// <summary>
    /// The last item of each sequence, ranked against all items that are not in the input (Kang &amp; McAuley, "SASRec", 2018, with full
    /// ranking): HR@10 and NDCG@10.
    /// </summary>
    /// <param name="sequences">A sequence a user, oldest first; those of fewer than two items only train.</param>
    public static EvaluationData Sequences(IReadOnlyList<int[]> sequences)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        var inputs = sequences.Select(static s => s.Length < 2 ? s : s[..^1]).ToArray();
        var interactions = Interactions.From(inputs, ItemCount(sequences));
        var cases = sequences
            .Select((sequence, user) => (sequence, history: NewestFirst(interactions.Of(user))))
            .Where(static x => x.sequence.Length >= 2)
            .Select(static x => new EvaluationCase(x.history, [x.sequence[^1]], x.history))
            .ToArray();
        return new EvaluationData(interactions, cases, 10);
    }

    /// <summary>
    /// The next click of a session (Wu et al., "SR-GNN", 2019): P@20 and MRR@20 over the whole catalogue, items of the session included.
    /// </summary>
    /// <param name="training">A session a line, oldest first.</param>
    /// <param name="test">The start of a session and its next item.</param>
    public static EvaluationData Sessions(IReadOnlyList<int[]> training, IReadOnlyList<(int[] Input, int Next)> test)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(test);
        var interactions = Interactions.WithRepeats(training, ItemCount(training.Concat(test.Select(static t => (int[])[t.Next, .. t.Input]))));
        var cases = test.Select(static t => new EvaluationCase(NewestFirst(t.Input), [t.Next], [])).ToArray();
        return new EvaluationData(interactions, cases, 20);
    }

    private static int[] Shuffled(int[] list, int seed)
    {
        var shuffled = list.ToArray();
        new Random(seed).Shuffle(shuffled);
        return shuffled;
    }

    private static int ItemCount(IEnumerable<int[]> lists) => lists.Select(static l => l.Length == 0 ? 0 : l.Max() + 1).DefaultIfEmpty(0).Max();

    private static int[] NewestFirst(ReadOnlySpan<int> history)
    {
        var reversed = history.ToArray();
        Array.Reverse(reversed);
        return reversed;
    }
}
