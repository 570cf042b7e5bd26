namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>Draws the items that an event is compared with, and knows how much each is then over-represented.</summary>
internal interface INegativeSampler
{
    /// <summary>By item, log(q·n) with q the probability to be drawn: what is taken from its logit (Bengio &amp; Senécal 2008).</summary>
    float[] Corrections { get; }

    /// <summary>How many of so many negatives can be drawn.</summary>
    int Distinct(int wanted);

    /// <summary>Draws items.</summary>
    /// <param name="step">The number of the step, from 1.</param>
    /// <param name="items">Receives the items; no longer than <see cref="Distinct"/> allows.</param>
    /// <param name="random">The source of chance.</param>
    void Draw(int step, Span<int> items, ref Xorshift random);
}
