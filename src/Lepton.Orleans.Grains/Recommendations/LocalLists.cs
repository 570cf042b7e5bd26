using System.Diagnostics.CodeAnalysis;

namespace Lepton.Orleans.Grains.Recommendations;

/// <summary>
/// Lists that can be sent again without a call: the user's grain is active on this silo, the same page was asked for
/// last, and since then nothing that it depends on has changed.
/// </summary>
public sealed class LocalLists
{
    private readonly RankingServices _services;

    internal LocalLists(RankingServices services) => _services = services;

    /// <summary>Finds a list.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="key">The user, as a grain key.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="scored">Whether with scores.</param>
    /// <param name="list">The list.</param>
    /// <returns>False: the user's grain is to be asked.</returns>
    public bool TryFind(string tenant, string key, RecommendRequest request, bool scored, [MaybeNullWhen(false)] out ListPayload list)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (_services.Local.Find(key) is { } view
            && _services.Current(_services.Replicas.For(tenant), view, request)?.SentFor(request, scored) is { } sent)
        {
            list = sent;
            return true;
        }

        list = default;
        return false;
    }
}
