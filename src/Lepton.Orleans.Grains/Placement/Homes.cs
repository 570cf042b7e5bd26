using System.Globalization;
using System.Reflection;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Roles;
using Orleans.Metadata;
using Orleans.Placement;

namespace Lepton.Orleans.Grains.Placement;

/// <summary>
/// Where grains belong, decided by their keys and the silos that there are, by every silo alike. A grain that was activated
/// before another silo joined may be elsewhere until it is moved.
/// </summary>
internal sealed class Homes(RoleMap map, GrainTypeResolver types)
{
    // What grain classes say of themselves; those that are placed in another way have no home.
    private readonly Dictionary<GrainType, (PlacementStrategy Strategy, SiloRoles Role)> _kinds = (
        from grain in typeof(Homes).Assembly.GetTypes()
        let placement = grain.GetCustomAttribute<PlacementAttribute>()
        where placement is KeyPlacementAttribute or BesideUserPlacementAttribute or ShardPlacementAttribute
        select (grain, placement.PlacementStrategy, grain.GetCustomAttribute<HostedByAttribute>()!.Role)).ToDictionary(
            kind => types.GetGrainType(kind.grain), kind => (kind.PlacementStrategy, kind.Role));

    /// <summary>Where an active grain belongs; <see langword="null"/> where it may stay wherever it is.</summary>
    public SiloAddress? Of(GrainId grain) =>
        _kinds.TryGetValue(grain.Type, out var kind) && map.SilosOf(kind.Role) is { Count: > 0 } silos ? Choose(kind.Strategy, grain.Key, silos) : null;

    /// <summary>Where a grain belongs.</summary>
    /// <param name="strategy">How it is placed.</param>
    /// <param name="key">Its key.</param>
    /// <param name="silos">The silos that may host it; at least one.</param>
    public SiloAddress Choose(PlacementStrategy strategy, IdSpan key, IReadOnlyList<SiloAddress> silos) => strategy switch
    {
        BesideUserPlacement => BesideUser(key, silos),
        ShardPlacement => OfShard(key, silos),
        KeyPlacement => Rendezvous.Choose(key, silos),
        _ => throw new ArgumentException($"Nobody knows where a grain belongs that is placed by {strategy.GetType().Name}.", nameof(strategy)),
    };

    private SiloAddress BesideUser(IdSpan key, IReadOnlyList<SiloAddress> silos)
    {
        var users = map.SilosOf(SiloRoles.Users);
        if (users.Count > 0 && Rendezvous.Choose(key, users) is var user && silos.Contains(user))
        {
            return user;
        }

        // Silos that have users as well have lists enough already.
        var others = silos.Except(users).ToArray();
        return Rendezvous.Choose(key, others.Length > 0 ? others : silos);
    }

    private static SiloAddress OfShard(IdSpan key, IReadOnlyList<SiloAddress> silos)
    {
        var (tenant, shard) = LeptonKey.Split(key.ToString()!);
        var keys = Enumerable.Range(0, IItemShardGrain.Shards).Select(number => IdSpan.Create(string.Create(CultureInfo.InvariantCulture, $"{tenant}/{number}")));
        return Rendezvous.Spread([.. keys], silos)[int.Parse(shard, CultureInfo.InvariantCulture)];
    }
}
