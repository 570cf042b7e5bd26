using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Users;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Erasure;

/// <summary>Looks through the whole store for remains of a user: under every key, whoever should have removed it.</summary>
internal sealed class ErasureScan(DurableStore store, IndexStore indexes, UserRecords users, PendingErasures pending)
{
    private const int AtOnce = 256;

    /// <summary>Searches the store.</summary>
    /// <exception cref="StoreUnavailableException">The store, or a server of its cluster, did not answer.</exception>
    public async Task<ErasureReport> RunAsync(string tenant, string userId, CancellationToken cancellationToken)
    {
        var (owner, ofTenant) = (LeptonKey.For(tenant, userId), $"{tenant}/");
        var remains = new List<ErasureRemains>();
        var (keys, searched) = (0L, 0L);
        var found = new List<(RedisKey Key, StoreKeyKind Kind)>(AtOnce);
        var others = new HashSet<string>(AtOnce, StringComparer.Ordinal);
        await foreach (var key in store.ScanAsync("*", cancellationToken))
        {
            keys++;
            var name = StoreKeyName.Of(key);
            switch (name.Kind)
            {
                case StoreKeyKind.User or StoreKeyKind.UserJournal or StoreKeyKind.UserLeftover when name.Owner == owner:
                    remains.Add(new ErasureRemains(name.Kind switch { StoreKeyKind.User => "State", StoreKeyKind.UserJournal => "Journal", _ => "Leftover" }, key.ToString()));
                    break;
                case StoreKeyKind.User or StoreKeyKind.UserJournal when name.Owner.StartsWith(ofTenant, StringComparison.Ordinal) && LeptonKey.Violation(name.Owner[ofTenant.Length..]) is null:
                    others.Add(name.Owner[ofTenant.Length..]);
                    if (others.Count == AtOnce)
                    {
                        await ReadAsync();
                    }

                    break;
                case StoreKeyKind.UserIndex or StoreKeyKind.ItemFeedbackIndex or StoreKeyKind.MergedIndex or StoreKeyKind.RestoredIndex when name.Owner == tenant:
                    found.Add((key, name.Kind));
                    if (found.Count == AtOnce)
                    {
                        searched += found.Count;
                        await SearchAsync();
                    }

                    break;

                // Of keys that this release does not know, the name is all that can be read.
                case StoreKeyKind.Unknown when key.ToString().Contains(owner, StringComparison.Ordinal):
                case StoreKeyKind.Grain when name.Owner == owner:
                    remains.Add(new ErasureRemains("Other", key.ToString()));
                    break;
            }
        }

        searched += found.Count;
        await SearchAsync();
        await ReadAsync();
        var (waiting, since) = await pending.CountAsync(tenant);
        return new ErasureReport
        {
            UserId = userId,
            KeysScanned = keys,
            IndexesSearched = searched,
            Remains = remains,
            ErasuresWaiting = waiting,
            WaitingSince = since,
        };

        async Task SearchAsync()
        {
            var holds = await Task.WhenAll(found.Select(index => indexes.HoldsAsync(index.Key, userId)));
            remains.AddRange(found.Where((_, i) => holds[i]).Select(index => new ErasureRemains(index.Kind.ToString(), index.Key.ToString())));
            found.Clear();
        }

        // Who was merged with whom is said by the states alone.
        async Task ReadAsync()
        {
            var states = await users.PeekAsync(tenant, [.. others]);
            remains.AddRange(others
                .Where((_, i) => states[i] is { } state && (state.Departure?.Into == userId || state.Arrivals?.ContainsKey(userId) is true))
                .Select(other => new ErasureRemains("Merge", StoreKeys.UserRecord(LeptonKey.For(tenant, other)))));
            others.Clear();
        }
    }
}
