namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>How much an erasure has removed of each kind.</summary>
/// <param name="States">Profile and history; 0 where an erasure before was interrupted after removing them.</param>
/// <param name="JournalEntries">Changes in the journal beside the state.</param>
/// <param name="Feedback">Events of the history.</param>
/// <param name="EventNames">Names that repeated events were known by.</param>
/// <param name="UserIndexEntries">Entries in the index of users.</param>
/// <param name="ItemIndexEntries">Entries in the indexes of feedback by item.</param>
/// <param name="CachedLists">Lists that were kept in memory.</param>
/// <param name="Counters">Items, and pairs of items, from whose counters the user's contribution is taken back.</param>
internal sealed record ErasureCountsDocument(
    int States, int JournalEntries, int Feedback, int EventNames, int UserIndexEntries, int ItemIndexEntries, int CachedLists, int Counters);
