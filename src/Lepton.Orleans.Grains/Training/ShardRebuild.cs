using Lepton.Orleans.Engine.Popularity;
using Lepton.Orleans.Engine.Training;
using Lepton.Orleans.Grains.Items;

namespace Lepton.Orleans.Grains.Training;

/// <summary>
/// Puts what a build has counted in the place of what the item shards of a tenant hold, page by page, so that no message grows with
/// the catalogue.
/// </summary>
internal sealed class ShardRebuild(IGrainFactory grains, string tenant, TimeProvider clock)
{
    // Some milliseconds of a shard's time, so that nobody waits long behind a page.
    private const int MaxRows = 1000;

    // A shard that moves, or whose silo ends, is sent its rows from the first on again.
    private const int Tries = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // A build that is taken up again is another run of it, with pages of its own; one that was cut off may still be sending.
    private readonly long _run = Random.Shared.NextInt64(1, long.MaxValue);
    private readonly IItemShardGrain[] _shards = [.. Enumerable.Range(0, IItemShardGrain.Shards).Select(shard => grains.GetGrain<IItemShardGrain>($"{tenant}/{shard}"))];

    /// <summary>From now on shards keep what they count aside as well.</summary>
    public Task BeginAsync() => Task.WhenAll(_shards.Select(shard => shard.BeginRebuildAsync()));

    /// <summary>Shards keep nothing aside any more, and go on with what they hold.</summary>
    public Task AbandonAsync() => Task.WhenAll(_shards.Select(shard => shard.AbandonRebuildAsync()));

    /// <summary>Replaces the rows of shard after shard.</summary>
    /// <param name="counts">What it has counted.</param>
    /// <param name="popularity">By shard, how popular its items are.</param>
    /// <param name="cancellationToken">Ends it between two pages; a shard then has either all of its new rows or all of its old ones.</param>
    /// <exception cref="TimeoutException">A shard did not answer, or moved each time while its rows were on their way.</exception>
    public async Task ReplaceAsync(ExactCounts counts, DecayedCounter[] popularity, CancellationToken cancellationToken)
    {
        for (var shard = 0; shard < _shards.Length; shard++)
        {
            for (var tries = 1; await TryReplaceAsync(shard, counts, popularity[shard], cancellationToken) is { } failure; tries++)
            {
                if (tries == Tries)
                {
                    throw new TimeoutException($"The item shard {tenant}/{shard} did not take over what the build has counted.", failure);
                }

                await Task.Delay(tries * Pause, clock, cancellationToken);
            }
        }
    }

    /// <summary>The rows of a shard that a build has counted, from an item on.</summary>
    /// <param name="counts">What the build has counted.</param>
    /// <param name="popularity">How popular the shard's items are.</param>
    /// <param name="now">The time that it is decayed to.</param>
    /// <param name="item">The item, of the shard, to begin with; set to the one that the next page begins with.</param>
    internal static ShardRows PageFrom(ExactCounts counts, DecayedCounter popularity, DateTime now, ref int item)
    {
        var (rows, ends) = (new List<int>(), new List<(int, int)>());
        var (items, weights) = (new List<int>(), new List<float>());
        for (; item < counts.Counts.Length && rows.Count < MaxRows; item += IItemShardGrain.Shards)
        {
            if (counts.Counts[item] <= 0)
            {
                continue;
            }

            if (rows.Count > 0 && items.Count + counts.Transitions.Items(item).Length + counts.CoOccurrence.Items(item).Length > ShardRows.MaxLength)
            {
                break;
            }

            items.AddRange(counts.Transitions.Items(item));
            weights.AddRange(counts.Transitions.Weights(item));
            var rules = items.Count;
            items.AddRange(counts.CoOccurrence.Items(item));
            weights.AddRange(counts.CoOccurrence.Weights(item));
            rows.Add(item);
            ends.Add((rules, items.Count));
        }

        return new ShardRows
        {
            Rows = [.. rows],
            Ends = [.. ends],
            Items = [.. items],
            Weights = [.. weights],
            RuleTotals = [.. rows.Select(row => counts.TransitionTotals[row])],
            Counts = [.. rows.Select(row => counts.Counts[row])],
            Trending = [.. rows.Select(row => popularity.At(row / IItemShardGrain.Shards, now))],
            TrendingAsOf = now,
        };
    }

    // Returns why the shard has to be sent its rows again; null where it has them.
    private async Task<Exception?> TryReplaceAsync(int shard, ExactCounts counts, DecayedCounter popularity, CancellationToken cancellationToken)
    {
        var (target, now) = (_shards[shard].AsReference<IShardRebuildGrain>(), clock.GetUtcNow().UtcDateTime);
        try
        {
            var pages = 0;
            for (var item = shard; pages == 0 || item < counts.Counts.Length; pages++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!await target.RebuildPageAsync(_run, pages, PageFrom(counts, popularity, now, ref item)))
                {
                    return new OrleansException($"The shard moved before page {pages}.");
                }
            }

            return await target.EndRebuildAsync(_run, pages) ? null : new OrleansException("The shard moved before the end.");
        }
        catch (Exception exception) when (exception is TimeoutException or OrleansException)
        {
            return exception;
        }
    }
}
