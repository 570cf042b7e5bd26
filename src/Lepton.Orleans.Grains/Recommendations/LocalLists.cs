using System.Diagnostics.CodeAnalysis;
using Lepton.Orleans.Grains.Roles;

namespace Lepton.Orleans.Grains.Recommendations;

/// <summary>
/// Lists of the users whose grains are active on this silo. Everything that such a list is made from is in this silo's
/// memory, so it is sent again, or ranked anew, on the caller's thread and without a call.
/// </summary>
public sealed class LocalLists
{
    private readonly RankingServices _services;
    private readonly bool _mayRank;

    internal LocalLists(RankingServices services, HostedRoles hosted) => (_services, _mayRank) = (services, hosted.Has(SiloRoles.Recommendations));

    /// <summary>A user's list. All feedback that was acknowledged before is in it.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="userId">The user.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="scored">Whether with scores.</param>
    /// <param name="list">The list.</param>
    /// <returns>False: the user is not active here, or lists are not made here, and its grain is to be asked.</returns>
    public bool TryRecommend(string tenant, string userId, RecommendRequest request, bool scored, [MaybeNullWhen(false)] out ListPayload list)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (_mayRank && _services.Local.View(tenant, userId) is { } view)
        {
            list = _services.Recommend(_services.Replicas.For(tenant), userId, view, request, scored);
            return true;
        }

        list = default;
        return false;
    }
}
