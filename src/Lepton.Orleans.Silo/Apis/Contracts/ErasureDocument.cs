namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>The receipt of an erasure.</summary>
/// <param name="RowAffected">Always 1: a user of whom there is nothing is a 404.</param>
/// <param name="UserId">The user.</param>
/// <param name="Removed">What was removed.</param>
/// <param name="Waiting">What is still made from the user's history until the next build; nothing of it names the user.</param>
internal sealed record ErasureDocument(int RowAffected, string UserId, ErasureCountsDocument Removed, IReadOnlyList<ErasureWait> Waiting)
{
    /// <summary>The document of a receipt.</summary>
    public static ErasureDocument Of(ErasureReceipt receipt) => new(
        1,
        receipt.UserId,
        new ErasureCountsDocument(
            receipt.States,
            receipt.JournalEntries,
            receipt.Feedback,
            receipt.EventNames,
            receipt.UserIndexEntries,
            receipt.ItemIndexEntries,
            receipt.CachedLists,
            receipt.Counters),
        receipt.Waiting);
}
