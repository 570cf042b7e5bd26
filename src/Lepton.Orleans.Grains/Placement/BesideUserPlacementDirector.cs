using Orleans.Runtime.Placement;

namespace Lepton.Orleans.Grains.Placement;

/// <summary>
/// Rendezvous hashing (Thaler &amp; Ravishankar, 1998) of the grain's key over the silos: grains of different types with
/// one key meet on one silo, and a silo that joins or leaves moves only its own share.
/// </summary>
internal sealed class BesideUserPlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } hint)
        {
            return Task.FromResult(hint);
        }

        var key = (ulong)target.GrainIdentity.Key.GetUniformHashCode() << 32;
        var (best, highest) = (silos[0], ulong.MinValue);
        foreach (var silo in silos)
        {
            var weight = Mix(key ^ (uint)silo.GetConsistentHashCode());
            if (weight >= highest)
            {
                (best, highest) = (silo, weight);
            }
        }

        return Task.FromResult(best);
    }

    // The finaliser of SplitMix64: neighbouring inputs get independent outputs.
    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }
}
