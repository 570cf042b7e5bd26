namespace Lepton.Orleans;

/// <summary>
/// What concerns a tenant as a whole: enumerations, lists that are the same for everyone, and lists for a session that
/// nobody stores. Key: the tenant.
/// </summary>
/// <remarks>Enumerations may throw <see cref="StoreUnavailableException"/> and <see cref="InvalidCursorException"/>.</remarks>
[Alias("lepton.ITenantGrain")]
public interface ITenantGrain : IGrainWithStringKey
{
    /// <summary>All users, in an order that stays.</summary>
    [Alias("ListUsers")] Task<Page<User>> ListUsersAsync(int count, string cursor);

    /// <summary>All items, in an order that stays.</summary>
    [Alias("ListItems")] Task<Page<Item>> ListItemsAsync(int count, string cursor);

    /// <summary>All feedback: user after user, in the order of <see cref="ListUsersAsync"/>, and of each by type and item.</summary>
    [Alias("ListFeedback")] Task<Page<Feedback>> ListFeedbackAsync(string? feedbackType, int count, string cursor);

    /// <summary>Feedback on one item, ordered by user and type.</summary>
    [Alias("ListItemFeedback")] Task<Page<Feedback>> ListItemFeedbackAsync(string itemId, string? feedbackType, int count, string cursor);

    /// <summary>A list that is the same for everyone: <see cref="RecommenderNames.Latest"/>, <c>popular</c> or <c>trending</c>.</summary>
    /// <returns><see langword="null"/> where there is no such list.</returns>
    [Alias("GetList")] Task<IReadOnlyList<ScoredId>?> GetListAsync(string name, string? category, int count, int offset);

    /// <summary>Ranks for a session given by its feedback, in order of time; stores nothing.</summary>
    [Alias("RecommendSession")] Task<IReadOnlyList<ScoredId>> RecommendSessionAsync(IReadOnlyList<Feedback> session, RecommendRequest request);

    /// <summary>How much the tenant holds.</summary>
    [Alias("GetStatistics")] Task<TenantStatistics> GetStatisticsAsync();
}
