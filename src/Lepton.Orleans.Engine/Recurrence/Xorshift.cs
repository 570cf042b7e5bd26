namespace Lepton.Orleans.Engine.Recurrence;

/// <summary>Random numbers for the inner loops of a training (Marsaglia, "Xorshift RNGs", 2003).</summary>
internal struct Xorshift(ulong seed)
{
    // Spread the seed's bits, and never start at zero, where the sequence would stay.
    private ulong _state = ((seed + 1) * 0x9E3779B97F4A7C15UL) | 1UL;

    /// <summary>32 random bits.</summary>
    public uint Next()
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return (uint)(_state >> 16);
    }

    /// <summary>A number from 0 to below <paramref name="bound"/>.</summary>
    public int Below(int bound) => (int)((Next() * (ulong)bound) >> 32);

    /// <summary>True with this probability.</summary>
    public bool Happens(float probability) => (Next() >> 8) * (1f / (1 << 24)) < probability;
}
