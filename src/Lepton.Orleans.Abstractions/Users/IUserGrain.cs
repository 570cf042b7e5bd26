namespace Lepton.Orleans;

/// <summary>
/// One user: profile and feedback history, which are the truth that everything else derives from.
/// Key: <see cref="LeptonKey.For"/>. Every write is on disk when its task completes.
/// </summary>
/// <remarks>
/// Every member may throw <see cref="StoreUnavailableException"/> (repeat later) and writes
/// <see cref="StaleActivationException"/> (repeat now).
/// </remarks>
[Alias("lepton.IUserGrain")]
public interface IUserGrain : IGrainWithStringKey
{
    /// <summary>The profile, or <see langword="null"/> for a user nobody has mentioned yet.</summary>
    [Alias("Get")] Task<User?> GetAsync();

    /// <summary>Creates the user or overwrites its profile; feedback stays.</summary>
    [Alias("Put")] Task PutAsync(User user);

    /// <summary>Changes the profile. False: there is no such user.</summary>
    [Alias("Patch")] Task<bool> PatchAsync(UserPatch patch);

    /// <summary>
    /// Removes the user: profile and history, index entries, lists in memory, contributions to counters. An erasure that was
    /// cut off is finished by the next one; who repeats one that took seconds, and may not have waited for it, is given its receipt.
    /// </summary>
    [Alias("Erase"), ResponseTimeout("00:01:00")] Task<ErasureReceipt> EraseAsync();

    /// <summary>The same, as a log asks for it; nothing happens where something after that place in the log is kept already.</summary>
    /// <param name="origin">The place: one offset.</param>
    [Alias("EraseAt"), ResponseTimeout("00:01:00")] Task<bool> EraseAtAsync(FeedbackOrigin origin);

    /// <summary>
    /// Applies feedback of this user, idempotently, and creates the user where it is new. All of it is kept, or none.
    /// When the task completes, the next <see cref="IRecommendationGrain"/> list is ranked with it.
    /// </summary>
    /// <returns>
    /// How many rows changed the state, now or when they first came under their <see cref="Feedback.EventId"/>; those that were known
    /// otherwise are not counted.
    /// </returns>
    /// <exception cref="InvalidFeedbackException">A row breaks a rule; none was applied.</exception>
    [Alias("Record")] Task<int> RecordAsync(FeedbackBatch batch);

    /// <summary>Feedback of this user, one entry per type and item, ordered by type and item id (ordinal).</summary>
    /// <param name="query">Which of it, and where the page starts.</param>
    [Alias("GetFeedback")] Task<Page<Feedback>> GetFeedbackAsync(FeedbackQuery query);

    /// <summary>Removes feedback on an item, of one type or of all.</summary>
    /// <returns>How many entries (types) were removed.</returns>
    [Alias("DeleteFeedback")] Task<int> DeleteFeedbackAsync(string itemId, string? feedbackType);

    /// <summary>Users with the most similar taste, best first, scores descending.</summary>
    [Alias("GetNeighbors")] Task<IReadOnlyList<ScoredId>> GetNeighborsAsync(int count, int offset);

    /// <summary>
    /// Merges this user into another: its feedback is added there as if it had been posted (values are added, of the timestamps of
    /// a type and item the earliest stays, an event that is there already with the same explicit timestamp changes nothing), its
    /// profile is dropped, and there is no such user any more. The same merge again, at once, later or after a crash, changes
    /// nothing and returns the same. Feedback that comes for this id afterwards makes a new user, who can be merged again.
    /// </summary>
    /// <param name="into">The id of the user that stays.</param>
    /// <returns>How many events were added there.</returns>
    /// <exception cref="InvalidIdException"><paramref name="into"/> is this user, or no id.</exception>
    /// <exception cref="UnknownUserException">One of the two does not exist, or was merged into somebody else.</exception>
    [Alias("MergeInto")] Task<int> MergeIntoAsync(string into);
}
