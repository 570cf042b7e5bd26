namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>Draws items ∝ count^exponent, and knows how much each is then over-represented.</summary>
internal sealed class NegativeSampler : INegativeSampler
{
    private const int TableBits = 20;

    private readonly int[] _table = new int[1 << TableBits];
    private readonly int[] _lastStep;
    private readonly int _drawable;

    /// <param name="counts">How often each item occurs; those that never do are never drawn.</param>
    /// <param name="exponent">The exponent of a count.</param>
    public NegativeSampler(ReadOnlySpan<float> counts, float exponent)
    {
        var shares = new double[counts.Length];
        var sum = 0.0;
        for (var item = 0; item < counts.Length; item++)
        {
            shares[item] = counts[item] > 0f ? Math.Pow(counts[item], exponent) : 0.0;
            sum += shares[item];
            _drawable += counts[item] > 0f ? 1 : 0;
        }

        _lastStep = new int[counts.Length];
        Corrections = new float[counts.Length];
        for (var item = 0; item < counts.Length; item++)
        {
            Corrections[item] = (float)Math.Log((shares[item] / sum * counts.Length) + 1e-9);
        }

        Fill(shares, sum);
    }

    /// <inheritdoc/>
    public float[] Corrections { get; }

    /// <summary>How many of so many negatives can be different items: a little less than all of them.</summary>
    public int Distinct(int wanted) => Math.Min(wanted, Math.Max(1, _drawable * 3 / 4));

    /// <inheritdoc/>
    public void Draw(int step, Span<int> items, ref Xorshift random)
    {
        for (var i = 0; i < items.Length; i++)
        {
            // A rare item is hardly ever drawn: after so many tries any will do.
            var item = _table[random.Next() & ((1 << TableBits) - 1)];
            for (var tries = 0; _lastStep[item] == step && tries < 64; tries++)
            {
                item = _table[random.Next() & ((1 << TableBits) - 1)];
            }

            _lastStep[item] = step;
            items[i] = item;
        }
    }

    private void Fill(double[] shares, double sum)
    {
        var item = 0;
        var reached = shares.Length == 0 ? 0.0 : shares[0];
        for (var place = 0; place < _table.Length; place++)
        {
            while ((place + .5) / _table.Length * sum > reached && item < shares.Length - 1)
            {
                reached += shares[++item];
            }

            _table[place] = item;
        }
    }
}
