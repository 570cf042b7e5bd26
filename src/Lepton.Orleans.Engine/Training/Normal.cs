namespace Lepton.Orleans.Engine.Training;

/// <summary>Standard normal numbers from a seed, the same on every machine: SplitMix64 (Steele, Lea &amp; Flood 2014) and the Box-Muller transform.</summary>
internal struct Normal(ulong seed)
{
    private ulong _state = seed * 0x9E3779B97F4A7C15UL + 0x632BE59BD9B4E019UL;

    public void Fill(Span<float> values)
    {
        for (var i = 0; i < values.Length; i += 2)
        {
            var radius = Math.Sqrt(-2.0 * Math.Log(1.0 - Uniform()));
            var (sine, cosine) = Math.SinCos(2.0 * Math.PI * Uniform());
            values[i] = (float)(radius * cosine);
            if (i + 1 < values.Length)
            {
                values[i + 1] = (float)(radius * sine);
            }
        }
    }

    private double Uniform()
    {
        var z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
