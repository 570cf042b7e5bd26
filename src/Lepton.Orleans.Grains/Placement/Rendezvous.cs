namespace Lepton.Orleans.Grains.Placement;

/// <summary>
/// Rendezvous hashing (Thaler &amp; Ravishankar, 1998): of all silos the one whose hash together with the key is highest. Grains
/// of different types with one key meet on one silo, and a silo that joins or leaves moves only its own share.
/// </summary>
public static class Rendezvous
{
    /// <summary>The silo of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="silos">The silos there are, in any order; at least one.</param>
    public static SiloAddress Choose(IdSpan key, IReadOnlyList<SiloAddress> silos)
    {
        ArgumentNullException.ThrowIfNull(silos);
        var hash = Hash(key);
        var (best, highest) = (silos[0], Weight(hash, silos[0]));
        for (var i = 1; i < silos.Count; i++)
        {
            if (Weight(hash, silos[i]) is var weight && weight > highest)
            {
                (best, highest) = (silos[i], weight);
            }
        }

        return best;
    }

    /// <summary>
    /// The silos of some keys of which each silo shall have as many as any other, or one more: in the order of the keys each takes
    /// the silo that <see cref="Choose"/> would, among those that have room.
    /// </summary>
    /// <param name="keys">The keys, in the same order on every silo.</param>
    /// <param name="silos">The silos there are, in any order; at least one.</param>
    /// <returns>A silo for each key, in their order.</returns>
    public static IReadOnlyList<SiloAddress> Spread(IReadOnlyList<IdSpan> keys, IReadOnlyList<SiloAddress> silos)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(silos);
        var (share, more) = Math.DivRem(keys.Count, silos.Count);
        var loads = silos.ToDictionary(silo => silo, _ => 0);
        var places = new SiloAddress[keys.Count];
        for (var i = 0; i < places.Length; i++)
        {
            var place = Choose(keys[i], [.. silos.Where(silo => loads[silo] < share || (loads[silo] == share && more > 0))]);
            more -= loads[place]++ == share ? 1 : 0;
            places[i] = place;
        }

        return places;
    }

    private static ulong Hash(IdSpan key) => (ulong)key.GetUniformHashCode() << 32;

    private static ulong Weight(ulong hash, SiloAddress silo) => Mix(hash ^ (uint)silo.GetConsistentHashCode());

    // The finaliser of SplitMix64: neighbouring inputs get independent outputs.
    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }
}
