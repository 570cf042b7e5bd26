namespace Lepton.Orleans.Silo.Tests.Faults;

/// <summary>A user whose writes of feedback do what a test says.</summary>
internal sealed class ScriptedUser(string key, Func<string, FeedbackBatch, Task<int>>? record = null, Func<Task<Page<Feedback>>>? read = null) : IUserGrain
{
    /// <summary>Called when it is merged.</summary>
    public Action? Merge { get; init; }

    /// <summary>Called when its profile is written.</summary>
    public Action? Put { get; init; }

    public Task<int> RecordAsync(FeedbackBatch batch) =>
        record is null ? throw new NotSupportedException("Not scripted.") : record(LeptonKey.Split(key).Id, batch);

    public Task<User?> GetAsync() => throw new NotSupportedException("Not scripted.");

    public Task PutAsync(User user) => Done(Put, 1);

    public Task<bool> PatchAsync(UserPatch patch) => throw new NotSupportedException("Not scripted.");

    public Task<ErasureReceipt> EraseAsync() => throw new NotSupportedException("Not scripted.");

    public Task<bool> EraseAtAsync(FeedbackOrigin origin) => throw new NotSupportedException("Not scripted.");

    public Task<Page<Feedback>> GetFeedbackAsync(FeedbackQuery query) => read is null ? throw new NotSupportedException("Not scripted.") : read();

    public Task<int> DeleteFeedbackAsync(string itemId, string? feedbackType) => throw new NotSupportedException("Not scripted.");

    public Task<IReadOnlyList<ScoredId>> GetNeighborsAsync(int count, int offset) => throw new NotSupportedException("Not scripted.");

    public Task<int> MergeIntoAsync(string into) => Done(Merge, 1);

    private static Task<int> Done(Action? action, int result)
    {
        (action ?? throw new NotSupportedException("Not scripted."))();
        return Task.FromResult(result);
    }
}
