using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Grains.Users;
using Microsoft.Extensions.Hosting;

namespace Lepton.Orleans.Grains.Items;

/// <summary>
/// Turns acknowledged events of this silo's users into increments for the item shards, and sends them in batches, one way.
/// What a crash or an overload loses here is derived data: the next build counts it anew from the histories.
/// </summary>
internal sealed class DeltaBuffer(IGrainFactory grains, FeedbackPolicy policy, ILogger<DeltaBuffer> logger) : BackgroundService
{
    private const int RuleWindow = EventPairs.DefaultRuleWindow;
    // Counting is a third of what a write costs; the build pairs further back, and counts exactly.
    private const int PairWindow = 10;

    // Of a history whose verdicts depend on values, so many of the newest events are looked at.
    private const int MaxScanned = 512;
    private const int MaxPending = 400_000;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, Pending> _pending = new();
    private long _count;
    private long _dropped;

    /// <summary>Counts what a user has just added.</summary>
    /// <param name="tenant">The user's tenant.</param>
    /// <param name="history">The history with the new events in it.</param>
    /// <param name="added">The new events.</param>
    public void Add(string tenant, FeedbackHistory history, IReadOnlyList<(FeedbackEvent Event, string Comment)> added)
    {
        Span<int> recent = stackalloc int[PairWindow];
        Span<PairIncrement> increments = stackalloc PairIncrement[RuleWindow + (2 * PairWindow)];
        var pending = _pending.TryGetValue(tenant, out var known) ? known : _pending.GetOrAdd(tenant, static _ => new Pending());
        foreach (var (e, _) in added)
        {
            if (policy.KindOf(e.Type, e.Value) != FeedbackPolicy.Kind.Positive)
            {
                continue;
            }

            var before = Before(history.Events, e);
            var count = HistoryReader.PositiveItems(before[^Math.Min(before.Length, MaxScanned)..], policy, recent);
            if (recent[..count].Contains(e.Item))
            {
                continue;
            }

            if (Interlocked.Read(ref _count) > MaxPending)
            {
                Interlocked.Increment(ref _dropped);
                continue;
            }

            var rules = EventPairs.Transitions(recent[..count], e.Item, increments, RuleWindow);
            var pairs = EventPairs.CoOccurrences(recent[..count], e.Item, before.Length + 1, increments[rules..], PairWindow);
            pending.Add(e.Item, e.TimeMs, increments[..rules], increments.Slice(rules, pairs));
            Interlocked.Add(ref _count, rules + pairs + 1);
        }
    }

    /// <summary>Sends everything that is pending.</summary>
    public async Task FlushAsync()
    {
        foreach (var (tenant, pending) in _pending)
        {
            var deltas = pending.Take();
            for (var shard = 0; shard < deltas.Length; shard++)
            {
                var size = SizeOf(deltas[shard]);
                if (size == 0)
                {
                    continue;
                }

                Interlocked.Add(ref _count, -size);
                try
                {
                    await grains.GetGrain<IItemShardGrain>($"{tenant}/{shard}").ApplyAsync(deltas[shard]);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    logger.DeltasDropped(tenant, size, exception);
                }
            }
        }

        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
        {
            logger.DeltasDropped("all tenants", dropped, null);
        }
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
            await FlushAsync();
        }
    }

    private static ReadOnlySpan<FeedbackEvent> Before(ReadOnlySpan<FeedbackEvent> events, FeedbackEvent e)
    {
        var end = events.Length;
        while (end > 0 && events[end - 1].TimeMs > e.TimeMs)
        {
            end--;
        }

        // Several events may share a time; those that came before this one stand before it.
        while (end > 0 && !events[end - 1].Equals(e))
        {
            end--;
        }

        return events[..Math.Max(0, end - 1)];
    }

    private static int SizeOf(ShardDelta delta) => delta.RuleRows.Length + delta.PairRows.Length + delta.Events.Length;

    private sealed class Pending
    {
        private readonly Lock _gate = new();
        private List<PairIncrement> _rules = [];
        private List<PairIncrement> _pairs = [];
        private List<(int Item, long TimeMs)> _events = [];

        public void Add(int item, long timeMs, ReadOnlySpan<PairIncrement> rules, ReadOnlySpan<PairIncrement> pairs)
        {
            lock (_gate)
            {
                _events.Add((item, timeMs));
                _rules.AddRange(rules);
                _pairs.AddRange(pairs);
            }
        }

        /// <summary>Everything that was added since the last call, a delta per shard.</summary>
        public ShardDelta[] Take()
        {
            List<PairIncrement> rules, pairs;
            List<(int Item, long TimeMs)> events;
            lock (_gate)
            {
                if (_events.Count == 0)
                {
                    return [];
                }

                (rules, pairs, events) = (_rules, _pairs, _events);
                (_rules, _pairs, _events) = (new(rules.Count), new(pairs.Count), new(events.Count));
            }

            var rulesOf = Split(rules, static r => r.Row);
            var pairsOf = Split(pairs, static p => p.Row);
            var eventsOf = Split(events, static e => e.Item);
            var deltas = new ShardDelta[IItemShardGrain.Shards];
            for (var shard = 0; shard < deltas.Length; shard++)
            {
                deltas[shard] = new ShardDelta
                {
                    RuleRows = Array.ConvertAll(rulesOf[shard], p => p.Row),
                    RuleItems = Array.ConvertAll(rulesOf[shard], p => p.Item),
                    RuleWeights = Array.ConvertAll(rulesOf[shard], p => p.Weight),
                    PairRows = Array.ConvertAll(pairsOf[shard], p => p.Row),
                    PairItems = Array.ConvertAll(pairsOf[shard], p => p.Item),
                    PairWeights = Array.ConvertAll(pairsOf[shard], p => p.Weight),
                    Events = Array.ConvertAll(eventsOf[shard], e => e.Item),
                    EventTimes = Array.ConvertAll(eventsOf[shard], e => e.TimeMs),
                };
            }

            return deltas;
        }

        private static T[][] Split<T>(List<T> rows, Func<T, int> itemOf)
        {
            var counts = new int[IItemShardGrain.Shards];
            foreach (var row in CollectionsMarshal.AsSpan(rows))
            {
                counts[itemOf(row) % counts.Length]++;
            }

            var parts = Array.ConvertAll(counts, count => new T[count]);
            foreach (var row in CollectionsMarshal.AsSpan(rows))
            {
                var shard = itemOf(row) % counts.Length;
                parts[shard][^counts[shard]--] = row;
            }

            return parts;
        }
    }
}
