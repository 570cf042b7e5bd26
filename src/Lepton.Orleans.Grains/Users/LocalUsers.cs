using System.Collections.Concurrent;

namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// The users whose grains are active on this silo, as they were when their last write was acknowledged. A write is published
/// before it is acknowledged, so a list ranked on the same silo needs no call to see what was acknowledged.
/// </summary>
internal sealed class LocalUsers
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, ActiveUser>> _tenants = new(StringComparer.Ordinal);

    /// <summary>A user, or <see langword="null"/> when its grain is not active here.</summary>
    public ActiveUser? Find(string tenant, string id) => _tenants.TryGetValue(tenant, out var users) ? users.GetValueOrDefault(id) : null;

    /// <summary>A tenant's users whose grains are active here.</summary>
    public IEnumerable<ActiveUser> All(string tenant) => _tenants.TryGetValue(tenant, out var users) ? users.Values : [];

    /// <summary>What is known of a user here, or <see langword="null"/>.</summary>
    public UserView? View(string tenant, string id) => Find(tenant, id)?.View;

    /// <summary>Shows a user; of two activations the newer one.</summary>
    public void Add(string tenant, string id, ActiveUser user) =>
        _tenants.GetOrAdd(tenant, static _ => new ConcurrentDictionary<string, ActiveUser>(StringComparer.Ordinal))[id] = user;

    /// <summary>Takes a user back, unless another activation has come since.</summary>
    public void Remove(string tenant, string id, ActiveUser user)
    {
        if (_tenants.TryGetValue(tenant, out var users))
        {
            users.TryRemove(new KeyValuePair<string, ActiveUser>(id, user));
        }
    }
}
