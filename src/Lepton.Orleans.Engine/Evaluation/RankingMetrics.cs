namespace Lepton.Orleans.Engine.Evaluation;

/// <summary>
/// Metrics of ranked lists. A place is how many candidates stand before an item, 0 for the first; of candidates with the
/// same score half count as before it, so that no order of equals can flatter a model.
/// </summary>
public static class RankingMetrics
{
    /// <summary>The place of a candidate among all scores: those greater, and half of the others that are equal.</summary>
    /// <param name="scores">The candidates' scores; a score that is not a number ranks last.</param>
    /// <param name="candidate">Its index.</param>
    public static int PlaceOf(ReadOnlySpan<float> scores, int candidate)
    {
        var score = scores[candidate];
        if (float.IsNaN(score))
        {
            return scores.Length - 1;
        }

        var greater = 0;
        var equal = 0;
        foreach (var other in scores)
        {
            greater += other > score ? 1 : 0;
            equal += other == score ? 1 : 0;
        }

        return greater + equal / 2;
    }

    /// <summary>The discounted gain of a hit at a place: 1/log₂(place + 2) (Järvelin &amp; Kekäläinen 2002).</summary>
    public static double Gain(int place) => 1.0 / Math.Log2(place + 2.0);

    /// <summary>The gain of a perfect list: hits on its first min(K, targets) places.</summary>
    public static double IdealGain(int targets, int listLength)
    {
        var sum = 0.0;
        for (var place = 0; place < Math.Min(targets, listLength); place++)
        {
            sum += Gain(place);
        }

        return sum;
    }

    /// <summary>Recall@K: the share of the targets that stand on the first K places.</summary>
    /// <param name="places">The places of the targets that were ranked at all.</param>
    /// <param name="targets">The number of targets, those not ranked included.</param>
    /// <param name="listLength">K.</param>
    public static double Recall(ReadOnlySpan<int> places, int targets, int listLength) =>
        targets == 0 ? 0 : Hits(places, listLength) / (double)targets;

    /// <summary>Hit rate@K: 1 if any target stands on the first K places.</summary>
    public static double HitRate(ReadOnlySpan<int> places, int listLength) => Hits(places, listLength) > 0 ? 1 : 0;

    /// <summary>NDCG@K with binary gains; the ideal has min(K, targets) hits.</summary>
    public static double Ndcg(ReadOnlySpan<int> places, int targets, int listLength)
    {
        var sum = 0.0;
        foreach (var place in places)
        {
            sum += place < listLength ? Gain(place) : 0.0;
        }

        return targets == 0 ? 0 : sum / IdealGain(targets, listLength);
    }

    /// <summary>MRR@K: one over the position, counted from 1, of the first target on the first K places.</summary>
    public static double ReciprocalRank(ReadOnlySpan<int> places, int listLength)
    {
        var best = int.MaxValue;
        foreach (var place in places)
        {
            best = Math.Min(best, place);
        }

        return best < listLength ? 1.0 / (best + 1) : 0;
    }

    private static int Hits(ReadOnlySpan<int> places, int listLength)
    {
        var hits = 0;
        foreach (var place in places)
        {
            hits += place < listLength ? 1 : 0;
        }

        return hits;
    }
}
