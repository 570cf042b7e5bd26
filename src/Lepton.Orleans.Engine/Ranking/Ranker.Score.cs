namespace Lepton.Orleans.Engine.Ranking;

public static partial class Ranker
{
    /// <summary>
    /// The blended scores of given items: what <see cref="Rank"/> orders by, for candidates that come from elsewhere. No
    /// candidate is passed over, and none is excluded.
    /// </summary>
    /// <param name="model">The sources.</param>
    /// <param name="history">The user's distinct positive items, newest first.</param>
    /// <param name="items">The items to score; a number outside the model scores negative infinity.</param>
    /// <param name="scores">Receives a score per item; with no usable history, popularity.</param>
    /// <param name="workspace">Scratch memory, in use by nobody else meanwhile.</param>
    /// <exception cref="ArgumentException"><paramref name="scores"/> is shorter than <paramref name="items"/>.</exception>
    public static void Score(
        RankingModel model,
        ReadOnlySpan<int> history,
        ReadOnlySpan<int> items,
        Span<float> scores,
        RankingWorkspace workspace)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(workspace);
        if (scores.Length < items.Length)
        {
            throw new ArgumentException($"{items.Length} items need as many scores, not {scores.Length}.", nameof(scores));
        }

        workspace.Begin(model.ItemCount, 0);
        try
        {
            var personal = Scoring.TryPrepare(model, history, workspace, out var scoring);
            for (var i = 0; i < items.Length; i++)
            {
                var item = items[i];
                scores[i] = (uint)item >= (uint)model.ItemCount ? float.NegativeInfinity
                    : !personal ? (item < model.Counts.Length ? model.Counts[item] : 0f)
                    : scoring.Score(item);
            }
        }
        finally
        {
            workspace.Clear();
        }
    }
}
