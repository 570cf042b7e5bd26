using System.Buffers;
using System.Text.Json;
using Lepton.Orleans.Grains.Placement;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Recommendations;

/// <inheritdoc cref="IRecommendationGrain" />
[BesideUserPlacement]
internal sealed class RecommendationGrain : Grain, IRecommendationGrain
{
    private readonly string _key;
    private readonly Replica _replica;
    private readonly RankingServices _services;
    private UserView? _remoteView;

    public RecommendationGrain(RankingServices services)
    {
        _services = services;
        _key = this.GetPrimaryKeyString();
        _replica = services.Replicas.For(LeptonKey.Split(_key).Tenant);
    }

    public ValueTask<ListPayload> RecommendJsonAsync(RecommendRequest request, bool scored)
    {
        // The usual case takes no await: the user's grain is active on this silo and nothing has changed.
        if (_services.Local.Find(_key) is { } view)
        {
            return new ValueTask<ListPayload>(Page(Current(view, request), request, scored));
        }

        return RemoteAsync(request, scored);
    }

    public async ValueTask<RecommendationList> ExplainAsync(RecommendRequest request)
    {
        var view = await ViewAsync();
        var ranking = Current(view, request);
        return _services.Explainer.Explain(_replica, view, ranking, request);
    }

    private async ValueTask<ListPayload> RemoteAsync(RecommendRequest request, bool scored) =>
        Page(Current(await ViewAsync(), request), request, scored);

    private async ValueTask<UserView> ViewAsync()
    {
        if (_services.Local.Find(_key) is { } local)
        {
            _remoteView = null;
            return local;
        }

        var user = GrainFactory.GetGrain<IUserHistoryGrain>(_key);
        _remoteView = await user.GetViewAsync(_remoteView?.Version ?? -1) ?? _remoteView!;
        return _remoteView;
    }

    private Ranking Current(UserView view, RecommendRequest request) =>
        _services.Current(_replica, view, request) ?? (view.Ranking = _services.Rank(_replica, view, request.Category, request.Needed));

    private ListPayload Page(Ranking ranking, RecommendRequest request, bool scored)
    {
        if (ranking.SentFor(request, scored) is { } sent)
        {
            return sent;
        }

        var output = new ArrayBufferWriter<byte>(32 * Math.Max(1, request.Count));
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartArray();
            foreach (var place in ranking.Page(request))
            {
                if (_replica.Catalog.Entry(place.Item) is not { } entry)
                {
                    continue;
                }

                if (scored)
                {
                    json.WriteStartObject();
                    json.WriteString("Id"u8, entry.ItemId);
                    json.WriteNumber("Score"u8, place.Score);
                    json.WriteEndObject();
                }
                else
                {
                    json.WriteStringValue(entry.ItemId);
                }
            }

            json.WriteEndArray();
        }

        var payload = new ListPayload(output.WrittenMemory);
        ranking.Sent = new Ranking.CachedPayload(request.Count, request.Offset, scored, payload);
        return payload;
    }
}
