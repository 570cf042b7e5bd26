using System.Buffers;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Users;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Grains.Recommendations;

/// <summary>What every recommendation grain of a silo shares, and the way from a history to a ranking.</summary>
internal sealed class RankingServices(
    LocalUsers local,
    Replicas replicas,
    ListExplainer explainer,
    FeedbackPolicy policy,
    TimeProvider clock,
    IOptions<RankingOptions> options)
{
    // A little more than a page, so that a filter or the next page needs no new ranking.
    private const int MinDepth = 50;
    private readonly TimeSpan _maxAge = options.Value.MaxAge;

    public LocalUsers Local => local;

    public Replicas Replicas => replicas;

    public ListExplainer Explainer => explainer;

    /// <summary>The user's last ranking, where it still answers a request.</summary>
    public Ranking? Current(Replica replica, UserView view, RecommendRequest request) =>
        view.Ranking is { } ranking && ranking.IsCurrent(view, replica, request, _maxAge) ? ranking : null;

    /// <summary>Ranks for a user.</summary>
    /// <param name="replica">What to rank from.</param>
    /// <param name="view">The user's history.</param>
    /// <param name="category">Only items of this category.</param>
    /// <param name="needed">How many places are asked for.</param>
    public Ranking Rank(Replica replica, UserView view, string? category, int needed)
    {
        var (versions, model) = (RankingVersions.Of(view, replica), replica.Model);
        var depth = Math.Clamp(needed, MinDepth, RecommendRequest.MaxRanked);
        var seeds = ArrayPool<int>.Shared.Rent(HistoryReader.MaxSeeds);
        var read = ArrayPool<int>.Shared.Rent(Math.Max(1, view.Events.Length));
        try
        {
            var seedCount = HistoryReader.PositiveItems(view.Events, policy, seeds.AsSpan(0, HistoryReader.MaxSeeds));
            var readCount = HistoryReader.ReadItems(view.Events, clock.GetUtcNow().ToUnixTimeMilliseconds(), read);
            var places = Rank(replica, seeds.AsSpan(0, seedCount), read.AsSpan(0, readCount), category, depth);
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
            var found = Ranker.Rank(model, seeds, read, replica.Catalog.Eligible(category), results.AsSpan(0, wanted), workspace);
            if (diversity > 0)
            {
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
