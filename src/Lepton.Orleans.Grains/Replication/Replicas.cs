using System.Collections.Concurrent;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Grains.Storage;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Grains.Replication;

/// <summary>The replicas of a silo, one a tenant.</summary>
internal sealed class Replicas(
    IGrainFactory grains,
    BlobStore blobs,
    IOptions<RankingOptions> options,
    IOptions<TrainingOptions> training,
    RoleMap map,
    ILogger<Replica> logger)
{
    private readonly ConcurrentDictionary<string, Replica> _replicas = new(StringComparer.Ordinal);

    /// <summary>All replicas that somebody has asked for.</summary>
    public IEnumerable<Replica> All => _replicas.Values;

    /// <summary>The replica of a tenant, or <see langword="null"/> when nobody here has asked for it.</summary>
    public Replica? Find(string tenant) => _replicas.GetValueOrDefault(tenant);

    /// <summary>The replica of a tenant; empty until it was refreshed for the first time.</summary>
    public Replica For(string tenant) =>
        _replicas.TryGetValue(tenant, out var replica)
            ? replica
            : _replicas.GetOrAdd(tenant, t => new Replica(t, grains, blobs, options.Value.TrendingHalfLife, training.Value.Online, logger, map));
}
