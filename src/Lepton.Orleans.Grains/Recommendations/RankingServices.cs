using System.Buffers;
using System.Diagnostics;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Grains.Events;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Recommendations;

/// <summary>The way from a history to a list, for everything on a silo that makes lists.</summary>
internal sealed class RankingServices(
    LocalUsers local,
    Replicas replicas,
    ListExplainer explainer,
    FeedbackPolicy policy,
    ILeptonEvents events,
    TimeProvider clock,
    LiveOptions<RankingOptions> options)
{
    // A little more than a page, so that a filter or the next page needs no new ranking.
    private const int MinDepth = 50;

    public LocalUsers Local => local;

    public Replicas Replicas => replicas;

    public ListExplainer Explainer => explainer;

    /// <summary>
    /// A user's list as it is sent: the very bytes that were sent last, where nothing that they depend on has changed. Any
    /// number of threads may ask for one user at once; at worst each of them ranks.
    /// </summary>
    /// <param name="replica">What to rank from.</param>
    /// <param name="userId">The user.</param>
    /// <param name="view">The user's view.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="scored">Whether with scores.</param>
    /// <param name="askedAt">When it was asked for, where that was before now; see <see cref="Stopwatch"/>.</param>
    /// <param name="isNews">Whether the view came from another silo, and shows more than the one before.</param>
    public ListPayload Recommend(Replica replica, string userId, UserView view, RecommendRequest request, bool scored, long askedAt = 0, bool isNews = false)
    {
        var ranking = Current(replica, userId, view, request, askedAt, isNews);
        ListQuality.Served(ranking.Page(request));
        if (ranking.SentFor(request, scored) is { } sent)
        {
            return sent;
        }

        using var stage = RankingMetrics.Measure(RankingMetrics.Stages.Page);
        var payload = ListWriter.Write(ranking.Page(request), replica.Catalog, scored);
        ranking.Sent = new Ranking.CachedPayload(request.Count, request.Offset, scored, payload);
        return payload;
    }

    /// <summary>The ranking that a list is handed out from: the user's last one, or a new one where that no longer answers the request.</summary>
    public Ranking Current(Replica replica, string userId, UserView view, RecommendRequest request, long askedAt = 0, bool isNews = false)
    {
        var ranking = view.Ranking is { } last && last.IsCurrent(view, replica, request, options.Value.MaxAge)
            ? last
            : view.Ranking = Rank(replica, view, request.Category, request.Needed, askedAt != 0 ? askedAt : Stopwatch.GetTimestamp(), isNews);
        if (events.WantsLists)
        {
            Tell(replica, userId, view, ranking, request);
        }

        return ranking;
    }

    // By itself, so that nothing is allocated where nobody wants to know.
    private void Tell(Replica replica, string userId, UserView view, Ranking ranking, RecommendRequest request) => events.ListServed(new ServedList(
        replica.Tenant, userId, request, clock.GetUtcNow(), () => explainer.Explain(replica, view, ranking, request)));

    private Ranking Rank(Replica replica, UserView view, string? category, int needed, long askedAt, bool isNews)
    {
        var (versions, model) = (RankingVersions.Of(view, replica), replica.Model);
        var depth = Math.Clamp(needed, MinDepth, RecommendRequest.MaxRanked);
        var seeds = ArrayPool<int>.Shared.Rent(HistoryReader.MaxSeeds);
        var read = ArrayPool<int>.Shared.Rent(Math.Max(1, view.Events.Length));
        try
        {
            int seedCount, readCount;
            using (RankingMetrics.Measure(RankingMetrics.Stages.History))
            {
                var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
                seedCount = HistoryReader.PositiveItems(view.Events, policy, now + HistoryReader.MaxSkewMs, seeds.AsSpan(0, HistoryReader.MaxSeeds));
                readCount = HistoryReader.ReadItems(view.Events, policy, now, read);
            }

            var places = Rank(replica, seeds.AsSpan(0, seedCount), read.AsSpan(0, readCount), category, depth);
            RankingMetrics.Ranked(view, askedAt, isNews);
            return new Ranking(versions, model, category, places, isWhole: places.Length < depth);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(seeds);
            ArrayPool<int>.Shared.Return(read);
        }
    }

    /// <summary>Ranks for a history of positive items, newest first.</summary>
    /// <param name="replica">What to rank from.</param>
    /// <param name="seeds">The numbers of the items that say what the user wants.</param>
    /// <param name="read">The numbers of the items not to show again.</param>
    /// <param name="category">Only items of this category.</param>
    /// <param name="depth">How many places.</param>
    public RankedItem[] Rank(Replica replica, ReadOnlySpan<int> seeds, ReadOnlySpan<int> read, string? category, int depth)
    {
        var diversity = options.Value.Diversity;
        var model = replica.Model;

        // Variety is chosen among twice as many candidates as there are places.
        var wanted = diversity > 0 ? 2 * depth : depth;
        var results = ArrayPool<RankedItem>.Shared.Rent(wanted);
        var workspace = RankingWorkspace.Rent();
        try
        {
            int found;
            using (RankingMetrics.Measure(RankingMetrics.Stages.Candidates))
            {
                found = Ranker.Rank(model, seeds, read, replica.Catalog.Eligible(category), results.AsSpan(0, wanted), workspace);
            }

            if (diversity > 0)
            {
                using var stage = RankingMetrics.Measure(RankingMetrics.Stages.Diversity);
                MaximalMarginalRelevance.Rerank(model, results.AsSpan(0, found), Math.Min(depth, found), 1 - diversity);
            }

            return results.AsSpan(0, Math.Min(found, depth)).ToArray();
        }
        finally
        {
            RankingWorkspace.Return(workspace);
            ArrayPool<RankedItem>.Shared.Return(results);
        }
    }
}
