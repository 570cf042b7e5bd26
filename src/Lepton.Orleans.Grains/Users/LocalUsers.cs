using System.Collections.Concurrent;

namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// The users whose grains are active on this silo, as they were when their last write was acknowledged. A grain
/// publishes before it acknowledges, so a list ranked on the same silo needs no call to see what was acknowledged.
/// </summary>
internal sealed class LocalUsers
{
    private readonly ConcurrentDictionary<string, UserView> _views = new(StringComparer.Ordinal);

    /// <summary>The user's newest view, or <see langword="null"/> when its grain is not active here.</summary>
    public UserView? Find(string key) => _views.GetValueOrDefault(key);

    /// <summary>Shows a newer view.</summary>
    public void Publish(string key, UserView view) => _views[key] = view;

    /// <summary>Takes a view back, unless another activation has published since.</summary>
    public void Withdraw(string key, UserView view) => _views.TryRemove(new KeyValuePair<string, UserView>(key, view));
}
