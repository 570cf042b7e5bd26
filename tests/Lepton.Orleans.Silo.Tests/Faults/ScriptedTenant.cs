namespace Lepton.Orleans.Silo.Tests.Faults;

/// <summary>A tenant of which a test says who is there, and whether that is answered.</summary>
internal sealed class ScriptedTenant : ITenantGrain
{
    public Func<Task<Page<User>>> Users { get; init; } = () => Task.FromResult(new Page<User>([], ""));

    public Task<Page<User>> ListUsersAsync(int count, string cursor) => Users();

    public Task<Page<Item>> ListItemsAsync(int count, string cursor) => throw new NotSupportedException();

    public Task<Page<Feedback>> ListFeedbackAsync(string? feedbackType, int count, string cursor) => throw new NotSupportedException();

    public Task<Page<Feedback>> ListItemFeedbackAsync(string itemId, string? feedbackType, int count, string cursor) => throw new NotSupportedException();

    public Task<IReadOnlyList<ScoredId>?> GetListAsync(string name, string? category, int count, int offset) => throw new NotSupportedException();

    public Task<IReadOnlyList<ScoredId>> RecommendSessionAsync(IReadOnlyList<Feedback> session, RecommendRequest request) => throw new NotSupportedException();

    public Task<TenantStatistics> GetStatisticsAsync() => throw new NotSupportedException();
}
