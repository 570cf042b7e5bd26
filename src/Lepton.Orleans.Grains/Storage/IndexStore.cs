using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>
/// Enumerations: sorted sets in which every member has score 0, so that they are ordered by bytes and a cursor is a member.
/// </summary>
internal sealed class IndexStore(DurableStore store)
{
    private const string RemoveScript = """
        local removed = 0
        for i = 1, #KEYS do removed = removed + redis.call('ZREM', KEYS[i], ARGV[1]) end
        return removed
        """;

    /// <summary>Up to <paramref name="count"/> members after <paramref name="after"/> (empty: from the start).</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<string[]> RangeAsync(RedisKey index, string after, int count) => DurableStore.Guard($"list {index}", async () =>
    {
        var start = after.Length == 0 ? default : (RedisValue)after;
        var members = await store.Reads.SortedSetRangeByValueAsync(index, start, exclude: Exclude.Start, skip: 0, take: count);
        return Array.ConvertAll(members, m => (string)m!);
    });

    /// <summary>
    /// All members of an index, or <paramref name="count"/> of them that stand in a row, which goes on with the first after the last.
    /// </summary>
    /// <param name="index">The index.</param>
    /// <param name="place">Any number: which row it is.</param>
    /// <param name="count">How many members at the most.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<string[]> SomeAsync(RedisKey index, uint place, int count) => DurableStore.Guard($"list {index}", async () =>
    {
        var length = await store.Reads.SortedSetLengthAsync(index);

        // In proportion, so that the row goes on by one at the most when a member comes.
        var first = length <= count ? 0 : (long)((place * (ulong)length) >> 32);
        var members = await store.Reads.SortedSetRangeByRankAsync(index, first, first + count - 1);
        RedisValue[] others = first > 0 && members.Length < count ? await store.Reads.SortedSetRangeByRankAsync(index, 0, count - members.Length - 1) : [];
        return Array.ConvertAll([.. members, .. others], m => (string)m!);
    });

    /// <summary>
    /// Up to <paramref name="count"/> members of a bucketed index after a position, bucket by bucket.
    /// </summary>
    /// <returns>The members, and the position after the last of them; <see langword="null"/> at the end.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<(List<string> Members, IndexPosition? Next)> RangeAsync(Func<int, RedisKey> index, IndexPosition position, int count)
    {
        var members = new List<string>();
        while (position.Bucket < StoreKeys.IndexBuckets)
        {
            var part = await RangeAsync(index(position.Bucket), position.Member, count - members.Count);
            members.AddRange(part);
            if (members.Count == count)
            {
                return (members, new IndexPosition(position.Bucket, members[^1]));
            }

            position = new IndexPosition(position.Bucket + 1, "");
        }

        return (members, null);
    }

    /// <summary>Adds a member.</summary>
    /// <returns>False: it was there.</returns>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task<bool> AddAsync(RedisKey index, string member) =>
        DurableStore.Guard($"index {member}", () => store.WriteAsync(index, d => d.SortedSetAddAsync(index, member, 0)));

    /// <summary>Whether a member is there.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<bool> HoldsAsync(RedisKey index, string member) =>
        DurableStore.Guard($"look {member} up", async () => await store.Reads.SortedSetScoreAsync(index, member) is not null);

    /// <summary>How many members an index has.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<long> CountAsync(RedisKey index) => DurableStore.Guard($"count {index}", () => store.Reads.SortedSetLengthAsync(index));

    /// <summary>Removes a member.</summary>
    /// <returns>False: it was not there.</returns>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task<bool> RemoveAsync(RedisKey index, string member) =>
        DurableStore.Guard($"unindex {member}", () => store.WriteAsync(index, d => d.SortedSetRemoveAsync(index, member)));

    /// <summary>Removes a member from several indexes, in one round trip where the store is one server.</summary>
    /// <returns>In how many it was.</returns>
    /// <exception cref="StoreUnavailableException">The store did not confirm; it may have been removed from some.</exception>
    public async Task<int> RemoveAsync(RedisKey[] indexes, string member)
    {
        if (indexes.Length > 1 && !store.IsCluster)
        {
            return await DurableStore.Guard($"unindex {member}", async () => (int)await store.WriteAsync(indexes[0], d => d.ScriptEvaluateAsync(RemoveScript, indexes, [member])));
        }

        return (await Task.WhenAll(indexes.Select(index => RemoveAsync(index, member)))).Count(wasThere => wasThere);
    }

    /// <summary>Removes a whole index.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task DropAsync(RedisKey index) => DurableStore.Guard($"drop {index}", () => store.WriteAsync(index, d => d.KeyDeleteAsync(index)));

    /// <summary>How many members a bucketed index has.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<long> CountAsync(Func<int, RedisKey> index)
    {
        var parts = Enumerable.Range(0, StoreKeys.IndexBuckets).Select(b => CountAsync(index(b)));
        return (await Task.WhenAll(parts)).Sum();
    }
}
