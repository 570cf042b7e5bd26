using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Recommendations;

/// <summary>Says why each item of a list is where it is.</summary>
internal sealed class ListExplainer(FeedbackPolicy policy, TimeProvider clock)
{
    private const int MaxReasons = 3;

    /// <summary>A page with its reasons.</summary>
    public RecommendationList Explain(Replica replica, UserView view, Ranking ranking, RecommendRequest request)
    {
        var seeds = new int[HistoryReader.MaxSeeds];
        var seedCount = HistoryReader.PositiveItems(view.Events, policy, HistoryReader.CountedUntil(clock), seeds);
        return List(replica, ranking, request, item => Reasons(replica, seeds.AsSpan(0, seedCount), item));
    }

    /// <summary>A page without reasons.</summary>
    public static RecommendationList Describe(Replica replica, Ranking ranking, RecommendRequest request) =>
        List(replica, ranking, request, static _ => []);

    private static RecommendationList List(Replica replica, Ranking ranking, RecommendRequest request, Func<int, IReadOnlyList<Reason>> reasons)
    {
        var items = new List<Recommendation>(request.Count);
        foreach (var place in ranking.Page(request))
        {
            if (replica.Catalog.Entry(place.Item) is { } entry)
            {
                items.Add(new Recommendation { ItemId = entry.ItemId, Title = entry.Title, Score = place.Score, Reasons = reasons(place.Item) });
            }
        }

        return new RecommendationList
        {
            Items = items,
            UserVersion = ranking.UserVersion,
            ModelVersion = ranking.ModelVersion,
            CatalogVersion = ranking.CatalogVersion,
        };
    }

    private static List<Reason> Reasons(Replica replica, ReadOnlySpan<int> seeds, int item)
    {
        Span<SourceShare> shares = stackalloc SourceShare[Enum.GetValues<Source>().Length];
        var count = Ranker.Explain(replica.Model, seeds, item, shares);
        var reasons = new List<Reason>(MaxReasons);
        foreach (var share in shares[..count])
        {
            if (reasons.Count == MaxReasons || (share.Contribution <= 0 && reasons.Count > 0))
            {
                break;
            }

            var seed = share.Seed >= 0 ? replica.Catalog.Entry(share.Seed) : null;
            reasons.Add(new Reason
            {
                Source = NameOf(share.Source),
                Contribution = share.Contribution,
                SeedItemId = seed?.ItemId,
                SeedTitle = seed?.Title,
                Text = TextOf(share.Source, seed),
            });
        }

        return reasons;
    }

    private static string NameOf(Source source) => source switch
    {
        Source.Transitions => RecommenderNames.Transitions,
        Source.CoOccurrence => RecommenderNames.CoOccurrence,
        Source.Neighbourhood => RecommenderNames.Neighbourhood,
        Source.Embedding => RecommenderNames.Embedding,
        Source.Recurrence => RecommenderNames.Recurrence,
        Source.UserNeighbourhood => RecommenderNames.UserNeighbourhood,
        Source.Trending => RecommenderNames.Trending,
        Source.Popular => RecommenderNames.Popular,
        _ => RecommenderNames.Latest,
    };

    private static string TextOf(Source source, CatalogEntry? seed)
    {
        var name = seed is null ? "what you liked" : seed.Title.Length > 0 ? seed.Title : seed.ItemId;
        return source switch
        {
            Source.Transitions => $"People often go on to this after {name}.",
            Source.CoOccurrence => $"Liked by people who also liked {name}.",
            Source.Neighbourhood => $"Goes with {name}.",
            Source.Embedding => seed is null ? "Close to your taste as a whole." : $"Close to your taste, {name} most of all.",
            Source.Recurrence => seed is null ? "Likely to be next." : $"Likely to be next after {name}.",
            Source.UserNeighbourhood => "Liked by people whose taste is like yours.",
            Source.Trending => "Many people like it these days.",
            Source.Popular => "Many people like it.",
            _ => "New.",
        };
    }
}
