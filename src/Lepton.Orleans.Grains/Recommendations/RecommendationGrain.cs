using System.Diagnostics;
using Lepton.Orleans.Grains.Placement;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Recommendations;

/// <inheritdoc cref="IRecommendationGrain" />
/// <remarks>Beside its user's grain it keeps nothing: the ranking is the view's, which the silo's API finds without this grain.</remarks>
[HostedBy(SiloRoles.Recommendations), BesideUserPlacement, CollectionAgeLimit(Minutes = 1)]
internal sealed class RecommendationGrain : Grain, IRecommendationGrain, ICachedListsGrain
{
    // As long as grains are kept that nobody asks for, where nothing else is said of them.
    private static readonly TimeSpan RemoteViewAge = TimeSpan.FromMinutes(15);

    private readonly string _id;
    private readonly Replica _replica;
    private readonly RankingServices _services;
    private UserView? _remoteView;

    public RecommendationGrain(RankingServices services)
    {
        _services = services;
        (var tenant, _id) = LeptonKey.Split(this.GetPrimaryKeyString());
        _replica = services.Replicas.For(tenant);
    }

    public ValueTask<ListPayload> RecommendJsonAsync(RecommendRequest request, bool scored)
    {
        // The usual case takes no await: the user's grain is active on this silo.
        return LocalView() is { } view
            ? new ValueTask<ListPayload>(_services.Recommend(_replica, _id, view, request, scored))
            : RemoteAsync(request, scored);
    }

    public async ValueTask<RecommendationList> DescribeAsync(RecommendRequest request)
    {
        var view = await ViewAsync();
        return ListExplainer.Describe(_replica, _services.Current(_replica, _id, view, request), request);
    }

    public async ValueTask<RecommendationList> ExplainAsync(RecommendRequest request)
    {
        var view = await ViewAsync();
        return _services.Explainer.Explain(_replica, view, _services.Current(_replica, _id, view, request), request);
    }

    public Task<int> ForgetAsync()
    {
        var lists = _remoteView?.Ranking is null ? 0 : 1;
        _remoteView = null;
        DeactivateOnIdle();
        return Task.FromResult(lists);
    }

    private async ValueTask<ListPayload> RemoteAsync(RecommendRequest request, bool scored)
    {
        var (askedAt, known) = (Stopwatch.GetTimestamp(), _remoteView?.Version);
        var view = await ViewAsync();
        return _services.Recommend(_replica, _id, view, request, scored, askedAt, isNews: known is not null && known != view.Version);
    }

    private async ValueTask<UserView> ViewAsync()
    {
        if (LocalView() is { } local)
        {
            return local;
        }

        var user = GrainFactory.GetGrain<IUserHistoryGrain>(this.GetPrimaryKeyString());
        var view = await user.GetViewAsync(_remoteView?.Version ?? -1) ?? _remoteView!;

        // The call may have made it active here.
        if (LocalView() is { } active)
        {
            return active;
        }

        DelayDeactivation(RemoteViewAge);
        return _remoteView = view;
    }

    private UserView? LocalView()
    {
        var view = _services.Local.View(_replica.Tenant, _id);
        if (view is not null)
        {
            // Of what is active here no copy is needed.
            _remoteView = null;
        }

        return view;
    }
}
