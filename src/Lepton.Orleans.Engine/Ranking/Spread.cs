using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lepton.Orleans.Engine.Ranking;

/// <summary>
/// How far a source's scores for one user spread, estimated before they are summed item by item: only the heads of the
/// rows are summed, where nearly all of the weight is, and into 1,024 bins instead of a place an item (as in Alon, Matias &amp;
/// Szegedy, "The space complexity of approximating the frequency moments", 1996). In a catalogue of up to as many items
/// every bin is an item; beyond, two items that weigh much are rarely in one.
/// </summary>
internal static class Spread
{
    /// <summary>How many entries of a row are looked at.</summary>
    public const int Head = 16;

    /// <summary>How many bins there are; item b is in bin b mod 1,024.</summary>
    public const int Bins = 1024;

    /// <summary>
    /// 1/σ with σ² = (Σ x² − (Σ x)²/m)/n over the sums x of the m bins, for n items; 0 where all are equal, so that the source
    /// then adds nothing.
    /// </summary>
    public static float InverseDeviation(in SparseSource source, ReadOnlySpan<Ballot> ballots, RankingModel model, float[] bins)
    {
        if (ballots.IsEmpty)
        {
            return 0f;
        }

        var used = bins.AsSpan(0, Math.Min(Bins, model.ItemCount));
        used.Clear();
        foreach (ref readonly var ballot in ballots)
        {
            var head = Math.Min(Head, ballot.Length);
            Sum(source.Table.Items(ballot.Row)[..head], source.Table.Weights(ballot.Row)[..head], ballot.Voice, source.Discounts, model, bins);
        }

        return InverseDeviation(used, model.ItemCount);
    }

    /// <summary>1/σ of what <paramref name="bins"/> hold the sums of.</summary>
    public static float InverseDeviation(ReadOnlySpan<float> bins, int itemCount)
    {
        double sum = TensorPrimitives.Sum(bins);
        double squares = TensorPrimitives.SumOfSquares(bins);
        var spread = squares - sum * sum / bins.Length;
        // What rounding leaves of a variance of zero is no information.
        return spread <= 1e-6 * squares ? 0f : (float)Math.Sqrt(itemCount / spread);
    }

    private static void Sum(
        ReadOnlySpan<int> items,
        ReadOnlySpan<float> weights,
        float voice,
        float[]? discounts,
        RankingModel model,
        float[] bins)
    {
        ref var levels = ref MemoryMarshal.GetArrayDataReference(model.Tables.Levels);
        for (var k = 0; k < items.Length; k++)
        {
            var item = items[k];
            if ((uint)item < (uint)model.ItemCount)
            {
                var discount = discounts is null ? 1f : discounts[Unsafe.Add(ref levels, (nint)item)];
                bins[item & (Bins - 1)] += voice * weights[k] * discount;
            }
        }
    }
}
