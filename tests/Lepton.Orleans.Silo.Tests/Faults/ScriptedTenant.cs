namespace Lepton.Orleans.Silo.Tests.Faults;

/// <summary>A tenant of which a test says who is there, and whether that is answered; there is nothing else in it.</summary>
internal sealed class ScriptedTenant : ITenantGrain
{
    public Func<Task<Page<User>>> Users { get; init; } = () => Task.FromResult(new Page<User>([], ""));

    /// <summary>Called before anything is answered.</summary>
    public Action Asked { get; init; } = () => { };

    public Task<Page<User>> ListUsersAsync(int count, string cursor)
    {
        Asked();
        return Users();
    }

    public Task<Page<Item>> ListItemsAsync(int count, string cursor) => Answer(new Page<Item>([], ""));

    public Task<Page<Feedback>> ListFeedbackAsync(string? feedbackType, int count, string cursor) => Answer(new Page<Feedback>([], ""));

    public Task<Page<Feedback>> ListItemFeedbackAsync(string itemId, string? feedbackType, int count, string cursor) => Answer(new Page<Feedback>([], ""));

    public Task<IReadOnlyList<ScoredId>?> GetListAsync(string name, string? category, int count, int offset) => Answer<IReadOnlyList<ScoredId>?>([]);

    public Task<IReadOnlyList<ScoredId>> RecommendSessionAsync(IReadOnlyList<Feedback> session, RecommendRequest request) => Answer<IReadOnlyList<ScoredId>>([]);

    public Task<TenantStatistics> GetStatisticsAsync() => Answer(new TenantStatistics());

    private Task<T> Answer<T>(T answer)
    {
        Asked();
        return Task.FromResult(answer);
    }
}
