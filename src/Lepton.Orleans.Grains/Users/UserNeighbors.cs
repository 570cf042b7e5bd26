using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// Users with a similar taste: of those who share the user's newest items, the ones that share most, an item counting
/// p^−.6 (p: how many users it has), which is the kernel K of the user-side neighbourhood. Of an item that very many share some are
/// looked at, others for each user and item.
/// </summary>
internal sealed class UserNeighbors(IndexStore indexes, Replicas replicas, FeedbackPolicy policy, TimeProvider clock)
{
    private const int MaxItems = 50;
    private const int MaxUsersPerItem = 1000;

    /// <summary>The neighbours, best first.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<IReadOnlyList<ScoredId>> FindAsync(string tenant, string userId, ReadOnlyMemory<FeedbackEvent> events, int count, int offset)
    {
        var items = new int[MaxItems];
        var length = HistoryReader.PositiveItems(events.Span, policy, HistoryReader.CountedUntil(clock), items);
        var users = await Task.WhenAll(items.Take(length)
            .Select(item => indexes.SomeAsync(StoreKeys.ItemFeedbackIndex(tenant, item), StoreKeys.Hash(userId) ^ ((uint)item * 2654435761), MaxUsersPerItem)));
        var counts = replicas.For(tenant).Model.Counts;
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var i = 0; i < length; i++)
        {
            var popularity = items[i] < counts.Length ? Math.Max(counts[items[i]], 1) : 1;
            var weight = Math.Pow(popularity, -.6);
            foreach (var other in users[i])
            {
                scores[other] = scores.GetValueOrDefault(other) + weight;
            }
        }

        scores.Remove(userId);
        return [.. scores.OrderByDescending(s => s.Value).ThenBy(s => s.Key, StringComparer.Ordinal)
            .Skip(offset).Take(count).Select(s => new ScoredId(s.Key, s.Value))];
    }
}
