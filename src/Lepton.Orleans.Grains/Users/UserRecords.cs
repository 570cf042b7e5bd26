using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Users;

/// <summary>Users as the store has them, read without waking a grain: for enumerations, builds and repairs.</summary>
internal sealed class UserRecords(RecordStore records, ILogger<UserRecords> logger)
{
    /// <summary>
    /// The states of users in the order of their ids; <see langword="null"/>, and a line in the log, where a record cannot be
    /// read: it costs its user a place, not everyone else theirs.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<UserState?[]> PeekAsync(string tenant, IReadOnlyList<string> ids)
    {
        var stored = await Task.WhenAll(ids.Select(id => records.PeekAsync(StoreKeys.UserRecord(LeptonKey.For(tenant, id)), withJournal: true)));
        return [.. stored.Zip(ids, (record, id) => Read(LeptonKey.For(tenant, id), record))];
    }

    private UserState? Read(string key, StoredRecord record)
    {
        try
        {
            return UserState.Read(record);
        }
        catch (InvalidDataException exception)
        {
            logger.UnreadableRecord(key, exception);
            return null;
        }
    }
}
