using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>
/// The numbers of a tenant's items: a list of ids in which the index is the number, a set of the numbers whose item was
/// deleted, and a set of those whose deletion has not been carried through. The list only grows, and an append is
/// conditional on its length, so two writers cannot give one number twice.
/// </summary>
internal sealed class CatalogStore(DurableStore store)
{
    private const int Page = 10_000;

    // Lua hands a command no more than about 8,000 values.
    private const int MaxAppend = 4000;

    private const string AppendScript = """
        if redis.call('LLEN', KEYS[1]) ~= tonumber(ARGV[1]) then return 0 end
        redis.call('RPUSH', KEYS[1], unpack(ARGV, 2))
        return 1
        """;

    /// <summary>Gives numbers <paramref name="first"/>, <paramref name="first"/> + 1, … to new ids.</summary>
    /// <exception cref="StaleActivationException">Another writer has given these numbers; some of the ids may have been numbered by this call.</exception>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public async Task AppendAsync(string tenant, int first, IReadOnlyList<string> ids)
    {
        foreach (var chunk in ids.Chunk(MaxAppend))
        {
            // One command and no more: a store that brought back half of it would shift every number after it.
            var kept = await DurableStore.Guard($"number {chunk.Length} items", async () => (long)await store.WriteAsync(StoreKeys.CatalogIds(tenant), d => d.ScriptEvaluateAsync(
                AppendScript, [StoreKeys.CatalogIds(tenant)], [first, .. chunk.Select(id => (RedisValue)id)])));
            if (kept == 0)
            {
                throw new StaleActivationException(tenant);
            }

            first += chunk.Length;
        }
    }

    /// <summary>Marks a number's item as deleted, for ever, and its deletion as unfinished.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task MarkDeletedAsync(string tenant, int number) => DurableStore.Guard($"delete item {number}", async () =>
    {
        // In this order: a deletion that is noted and not made is no deletion, one that is made and not noted is never finished.
        await store.WriteAsync(StoreKeys.CatalogDeletions(tenant), d => d.SetAddAsync(StoreKeys.CatalogDeletions(tenant), number));
        return await store.WriteAsync(StoreKeys.CatalogDeleted(tenant), d => d.SetAddAsync(StoreKeys.CatalogDeleted(tenant), number));
    });

    /// <summary>Marks numbers that are about to be given as those of items that were deleted, and of which nothing is left.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task MarkDeletedBeforeAsync(string tenant, IReadOnlyCollection<int> numbers) => numbers.Count == 0 ? Task.CompletedTask : DurableStore.Guard(
        $"mark {numbers.Count} items as deleted",
        () => store.WriteAsync(StoreKeys.CatalogDeleted(tenant), d => d.SetAddAsync(StoreKeys.CatalogDeleted(tenant), [.. numbers.Select(number => (RedisValue)number)])));

    /// <summary>Notes that nothing is left of a deleted number's item.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task FinishDeletionAsync(string tenant, int number) => DurableStore.Guard(
        $"finish the deletion of item {number}", () => store.WriteAsync(StoreKeys.CatalogDeletions(tenant), d => d.SetRemoveAsync(StoreKeys.CatalogDeletions(tenant), number)));

    /// <summary>A number that is higher than every one given before, whatever the clocks say.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task<long> NextEpochAsync(string tenant) =>
        DurableStore.Guard("begin an epoch of the catalogue", () => store.WriteAsync(StoreKeys.CatalogEpoch(tenant), d => d.StringIncrementAsync(StoreKeys.CatalogEpoch(tenant))));

    /// <summary>All ids in the order of their numbers, the deleted numbers, and those of them whose deletion is unfinished.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<(List<string> Ids, HashSet<int> Deleted, HashSet<int> Unfinished)> ReadAsync(string tenant) => DurableStore.Guard("read the catalogue", async () =>
    {
        var ids = new List<string>();
        RedisValue[] page;
        do
        {
            page = await store.Reads.ListRangeAsync(StoreKeys.CatalogIds(tenant), ids.Count, ids.Count + Page - 1);
            ids.AddRange(page.Select(v => (string)v!));
        }
        while (page.Length == Page);

        var unfinished = await ReadNumbersAsync(StoreKeys.CatalogDeletions(tenant));
        var deleted = await ReadNumbersAsync(StoreKeys.CatalogDeleted(tenant));
        unfinished.IntersectWith(deleted);

        // A number that was read before its write was durable would be given again after a crash of the store.
        await store.ConfirmAsync();
        return (ids, deleted, unfinished);
    });

    private async Task<HashSet<int>> ReadNumbersAsync(RedisKey key) => [.. (await store.Reads.SetMembersAsync(key)).Select(v => (int)v)];
}
