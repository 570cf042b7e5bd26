using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Recommendations;

/// <summary>A ranking and what it was made from; all pages of a session are cut from one.</summary>
/// <remarks>Versions and model are those read before ranking: what changes meanwhile makes the ranking old, not wrong.</remarks>
internal sealed class Ranking(RankingVersions versions, RankingModel model, string? category, RankedItem[] places, bool isWhole)
{
    // Weak: a list that nobody asks for again must not keep an old model.
    private readonly WeakReference? _soughtIn = isWhole ? new WeakReference(model) : null;
    private readonly long _madeAt = Environment.TickCount64;

    /// <summary>The user's version it has seen.</summary>
    public long UserVersion => versions.User;

    /// <summary>The build it was made with.</summary>
    public long ModelVersion => versions.Model;

    /// <summary>The catalogue it was made with.</summary>
    public long CatalogVersion => versions.Catalog;

    /// <summary>The page that was asked for last, as it was sent.</summary>
    public CachedPayload? Sent { get; set; }

    /// <summary>Whether a request can be answered from it.</summary>
    public bool IsCurrent(UserView current, Replica from, RecommendRequest request, TimeSpan maxAge) =>
        versions == RankingVersions.Of(current, from)
        && request.Category == category
        && (request.Needed <= places.Length || isWhole)

        // A list that came out short may be longer with every row that the replica learns.
        && (_soughtIn is null || ReferenceEquals(_soughtIn.Target, from.Model))
        && (request.Offset > 0 || Environment.TickCount64 - _madeAt < maxAge.TotalMilliseconds);

    /// <summary>The places of the page that was sent last; none before one was.</summary>
    public ReadOnlySpan<RankedItem> SentPage => Sent is { } sent ? Page(sent.Offset, sent.Count) : [];

    /// <summary>The places of a page.</summary>
    public ReadOnlySpan<RankedItem> Page(RecommendRequest request) => Page(request.Offset, request.Count);

    /// <summary>The page that a request asks for, where it is the one that was sent last.</summary>
    public ListPayload? SentFor(RecommendRequest request, bool scored) =>
        Sent is { } sent && sent.Matches(request, scored) ? sent.Payload : null;

    private ReadOnlySpan<RankedItem> Page(int offset, int count)
    {
        var start = Math.Min(offset, places.Length);
        return places.AsSpan(start, Math.Min(count, places.Length - start));
    }

    /// <summary>A page as it was sent.</summary>
    public sealed record CachedPayload(int Count, int Offset, bool Scored, ListPayload Payload)
    {
        /// <summary>Whether a request asks for this page.</summary>
        public bool Matches(RecommendRequest request, bool scored) =>
            request.Count == Count && request.Offset == Offset && scored == Scored;
    }
}
