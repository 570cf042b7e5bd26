using Lepton.Orleans.Engine.Popularity;
using Lepton.Orleans.Engine.Training;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Training;

/// <summary>
/// Reads all users' histories out of the store, as a build needs them; wakes no grain but those of users whose merge was cut off.
/// </summary>
internal sealed class HistoryScan(IndexStore indexes, UserRecords users, IGrainFactory grains, FeedbackPolicy policy, TimeProvider clock, ILogger<HistoryScan> logger)
{
    private const int Chunk = 256;

    /// <summary>Reads a tenant's positive feedback.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="halfLife">The half-life of popularity.</param>
    /// <param name="isGone">Numbers whose item was deleted: they are left out.</param>
    /// <param name="cancellationToken">Ends the scan.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<HistoryScanResult> RunAsync(
        string tenant, TimeSpan halfLife, Predicate<int> isGone, CancellationToken cancellationToken)
    {
        var offsets = new List<int> { 0 };
        var items = new List<int>();
        var popularity = Array.ConvertAll(new int[IItemShardGrain.Shards], _ => new DecayedCounter(halfLife));
        var seeds = new int[HistoryReader.MaxCounted];
        var highest = -1;
        var now = clock.GetUtcNow().UtcDateTime;
        var nowMs = new DateTimeOffset(now).ToUnixTimeMilliseconds();
        IndexPosition? position = IndexPosition.Start;
        while (position is { } from)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (ids, next) = await indexes.RangeAsync(b => StoreKeys.UserIndex(tenant, b), from, Chunk);
            foreach (var (id, found) in ids.Zip(await users.PeekAsync(tenant, ids)))
            {
                if (found is not { } state)
                {
                    continue;
                }

                if (state.PendingDeparture is not null)
                {
                    await FinishMergeAsync(LeptonKey.For(tenant, id));
                }

                var events = state.History.Events;
                var count = HistoryReader.PositiveItems(events, policy, nowMs, seeds);
                for (var i = count - 1; i >= 0; i--)
                {
                    if (!isGone(seeds[i]))
                    {
                        items.Add(seeds[i]);
                        highest = Math.Max(highest, seeds[i]);
                    }
                }

                offsets.Add(items.Count);
                AddPopularity(popularity, events, seeds.AsSpan(0, count), now);
            }

            position = next;
        }

        return new HistoryScanResult(new Interactions([.. offsets], [.. items], highest + 1), popularity);
    }

    // Who was to finish it did not come back. Now or at a later build: until then what was on its way is in nobody's list.
    private async Task FinishMergeAsync(string key)
    {
        try
        {
            await grains.GetGrain<IUserMergeGrain>(key).FinishMergeAsync();
        }
        catch (Exception exception) when (exception is StoreUnavailableException or StaleActivationException or TimeoutException or OrleansException)
        {
            logger.MergeUnfinished(key, exception);
        }
    }

    private static void AddPopularity(DecayedCounter[] popularity, ReadOnlySpan<FeedbackEvent> events, ReadOnlySpan<int> positive, DateTime now)
    {
        // An item counts once a user, at the newest time that the user came to it.
        var left = new HashSet<int>(positive.Length);
        foreach (var item in positive)
        {
            left.Add(item);
        }

        for (var i = events.Length - 1; i >= 0 && left.Count > 0; i--)
        {
            var item = events[i].Item;
            if (left.Remove(item))
            {
                popularity[item % IItemShardGrain.Shards].Add(item / IItemShardGrain.Shards, 1, events[i].Time < now ? events[i].Time : now);
            }
        }
    }
}
