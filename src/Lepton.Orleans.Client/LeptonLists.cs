using Lepton.Orleans.Client.Calls;

namespace Lepton.Orleans.Client;

/// <summary>
/// Lists for users, for sessions and for everyone. Without a <see cref="RecommendRequest"/> a list has its first ten places.
/// What calls throw: see <see cref="LeptonClient"/>.
/// </summary>
public sealed class LeptonLists
{
    private static readonly RecommendRequest FirstTen = new();

    private readonly TenantCalls _calls;

    internal LeptonLists(TenantCalls calls) => _calls = calls;

    /// <summary>
    /// A user's list with titles and scores, ranked with everything that was acknowledged before. A user nobody knows gets what
    /// is good for everyone.
    /// </summary>
    public Task<RecommendationList> RecommendAsync(string userId, RecommendRequest? request = null, CancellationToken cancellationToken = default) =>
        _calls.ReadAsync(_calls.Lists(userId), lists => lists.DescribeAsync(request ?? FirstTen).AsTask(), cancellationToken);

    /// <summary>The list of <see cref="RecommendAsync"/> with the reasons for each place.</summary>
    public Task<RecommendationList> ExplainAsync(string userId, RecommendRequest? request = null, CancellationToken cancellationToken = default) =>
        _calls.ReadAsync(_calls.Lists(userId), lists => lists.ExplainAsync(request ?? FirstTen).AsTask(), cancellationToken);

    /// <summary>The list as the JSON that it was ranked into, to be written to a response as it is: the cheapest way.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="request">Which part of the list.</param>
    /// <param name="scored">Whether places are <c>{"Id", "Score"}</c> instead of ids.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ReadOnlyMemory<byte>> RecommendJsonAsync(
        string userId, RecommendRequest? request = null, bool scored = false, CancellationToken cancellationToken = default) =>
        (await _calls.ReadAsync(_calls.Lists(userId), lists => lists.RecommendJsonAsync(request ?? FirstTen, scored).AsTask(), cancellationToken)).Utf8Json;

    /// <summary>A list for a session that nobody stores.</summary>
    /// <param name="session">What was done in it, in order of time.</param>
    /// <param name="request">Which part of the list.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<IReadOnlyList<ScoredId>> RecommendSessionAsync(
        IReadOnlyList<Feedback> session, RecommendRequest? request = null, CancellationToken cancellationToken = default) =>
        _calls.ReadAsync(_calls.Everyone, everyone => everyone.RecommendSessionAsync(session, request ?? FirstTen), cancellationToken);

    /// <summary>The newest items.</summary>
    public Task<IReadOnlyList<ScoredId>> LatestAsync(RecommendRequest? request = null, CancellationToken cancellationToken = default) =>
        ForEveryoneAsync(RecommenderNames.Latest, request, cancellationToken);

    /// <summary>The items that are most popular of all time.</summary>
    public Task<IReadOnlyList<ScoredId>> PopularAsync(RecommendRequest? request = null, CancellationToken cancellationToken = default) =>
        ForEveryoneAsync(RecommenderNames.Popular, request, cancellationToken);

    /// <summary>The items that are most popular of late.</summary>
    public Task<IReadOnlyList<ScoredId>> TrendingAsync(RecommendRequest? request = null, CancellationToken cancellationToken = default) =>
        ForEveryoneAsync(RecommenderNames.Trending, request, cancellationToken);

    /// <summary>Items like an item, best first, hidden ones left out.</summary>
    /// <param name="itemId">The item.</param>
    /// <param name="request">Which part of the list.</param>
    /// <param name="recommender">A named source; the default blends them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="UnknownRecommenderException">There is no such source.</exception>
    public async Task<IReadOnlyList<ScoredId>> SimilarItemsAsync(
        string itemId, RecommendRequest? request = null, string recommender = RecommenderNames.Neighbors, CancellationToken cancellationToken = default)
    {
        var part = request ?? FirstTen;
        return await _calls.ReadAsync(_calls.Item(itemId), item => item.GetNeighborsAsync(recommender, part.Category, part.Count, part.Offset), cancellationToken)
            ?? throw new UnknownRecommenderException(recommender);
    }

    /// <summary>Users with the most similar taste, best first.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="count">How many.</param>
    /// <param name="offset">How many of the best to skip.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<IReadOnlyList<ScoredId>> SimilarUsersAsync(string userId, int count = 10, int offset = 0, CancellationToken cancellationToken = default) =>
        _calls.ReadAsync(_calls.User(userId), user => user.GetNeighborsAsync(count, offset), cancellationToken);

    private async Task<IReadOnlyList<ScoredId>> ForEveryoneAsync(string name, RecommendRequest? request, CancellationToken cancellationToken)
    {
        var part = request ?? FirstTen;
        return await _calls.ReadAsync(_calls.Everyone, everyone => everyone.GetListAsync(name, part.Category, part.Count, part.Offset), cancellationToken)
            ?? throw new UnknownRecommenderException(name);
    }
}
