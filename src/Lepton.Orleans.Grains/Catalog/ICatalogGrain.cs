using Lepton.Orleans.Grains.Upkeep;
using Orleans.Concurrency;

namespace Lepton.Orleans.Grains.Catalog;

/// <summary>Numbers a tenant's items, and tells every silo's replica what changed. Key: the tenant.</summary>
[Alias("lepton.ICatalogGrain")]
internal interface ICatalogGrain : IGrainWithStringKey
{
    /// <summary>The numbers of ids; an id without one gets the next.</summary>
    /// <exception cref="StoreUnavailableException">New numbers could not be written.</exception>
    [Alias("Resolve"), ResponseTimeout("00:01:00")] Task<int[]> ResolveAsync(string[] ids);

    /// <summary>Takes over what an item grain has written.</summary>
    /// <returns>The entry as every replica will see it.</returns>
    [Alias("Apply"), ResponseTimeout("00:01:00")] Task<CatalogEntry> ApplyAsync(CatalogEntry entry);

    /// <summary>Marks a number's item as deleted, and its deletion as unfinished.</summary>
    /// <exception cref="StoreUnavailableException">The mark could not be written.</exception>
    /// <returns>The entry as every replica will see it.</returns>
    [Alias("Delete"), ResponseTimeout("00:01:00")] Task<CatalogEntry> DeleteAsync(int number);

    /// <summary>The numbers that an id has had and of whose items something may be left.</summary>
    [Alias("GetUnfinishedDeletions"), ResponseTimeout("00:01:00")] Task<int[]> GetUnfinishedDeletionsAsync(string id);

    /// <summary>Notes that nothing is left of the items of numbers.</summary>
    /// <exception cref="StoreUnavailableException">The note could not be written.</exception>
    [Alias("FinishDeletions"), ResponseTimeout("00:01:00")] Task FinishDeletionsAsync(int[] numbers);

    /// <summary>Makes entries of the index of items agree with the catalogue.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    [Alias("Mend"), ResponseTimeout("00:01:00")] Task<IndexMend> MendAsync(string[] ids);

    /// <summary>Gives ids the very numbers that they had; where they have them already, nothing is changed.</summary>
    /// <param name="first">The number of the first; the others follow.</param>
    /// <param name="ids">The ids.</param>
    /// <param name="deleted">The numbers among them whose item was deleted.</param>
    /// <exception cref="RestoreConflictException">One of the numbers belongs to another id, or one before them to none.</exception>
    /// <exception cref="StoreUnavailableException">The numbers could not be written.</exception>
    [Alias("Restore"), ResponseTimeout("00:01:00")] Task RestoreAsync(int first, string[] ids, int[] deleted);

    /// <summary>Up to <paramref name="count"/> changes after a version; all of them anew where the epoch is not this activation's.</summary>
    [Alias("GetChanges"), AlwaysInterleave, ResponseTimeout("00:01:00")] Task<CatalogChanges> GetChangesAsync(Guid epoch, long after, int count);
}
