using Lepton.Orleans.Grains.Storage;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Erasure;

/// <summary>
/// The erasures that no build has heeded yet: what was learned from the histories is still in the model, and a crash may have
/// kept it in the counters. Entries are random tokens and times; nothing names a user.
/// </summary>
internal sealed class PendingErasures(DurableStore store, TimeProvider clock)
{
    private const int TokensAtOnce = 1000;

    /// <summary>Notes an erasure.</summary>
    /// <returns>Its token.</returns>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public async Task<byte[]> AddAsync(string tenant)
    {
        var token = Guid.NewGuid().ToByteArray();
        await DurableStore.Guard("note an erasure", () => store.WriteAsync(StoreKeys.Erasures(tenant), d => d.SortedSetAddAsync(StoreKeys.Erasures(tenant), token, clock.GetUtcNow().ToUnixTimeMilliseconds())));
        return token;
    }

    /// <summary>How many there are, and when the first of them was.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<(long Count, DateTime? First)> CountAsync(string tenant) => DurableStore.Guard<(long, DateTime?)>("count erasures", async () =>
    {
        var count = store.Reads.SortedSetLengthAsync(StoreKeys.Erasures(tenant));
        var first = await store.Reads.SortedSetRangeByRankWithScoresAsync(StoreKeys.Erasures(tenant), 0, 0);
        return (await count, first.Length == 0 ? null : DateTime.UnixEpoch.AddMilliseconds(first[0].Score));
    });

    /// <summary>The tokens of all there are.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<RedisValue[]> GetAsync(string tenant) =>
        DurableStore.Guard("read erasures", () => store.Reads.SortedSetRangeByRankAsync(StoreKeys.Erasures(tenant)));

    /// <summary>Takes tokens out: a build that began after their erasures has ended, or another token stands for them.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public async Task RemoveAsync(string tenant, params RedisValue[] tokens)
    {
        foreach (var chunk in tokens.Chunk(TokensAtOnce))
        {
            await DurableStore.Guard("end erasures", () => store.WriteAsync(StoreKeys.Erasures(tenant), d => d.SortedSetRemoveAsync(StoreKeys.Erasures(tenant), chunk)));
        }
    }
}
