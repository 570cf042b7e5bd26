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

    private readonly ConcurrentDictionary<(string Tenant, int Shard), Columns> _pending = new();
    private long _count;
    private long _dropped;

    /// <summary>Counts what a user has just added.</summary>
    /// <param name="tenant">The user's tenant.</param>
    /// <param name="history">The history with the new events in it.</param>
    /// <param name="added">The new events.</param>
    public void Add(string tenant, FeedbackHistory history, IReadOnlyList<(FeedbackEvent Event, string Comment)> added)
    {
        Span<int> recent = stackalloc int[PairWindow];
        Span<PairIncrement> increments = stackalloc PairIncrement[2 * PairWindow];
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

            For(tenant, e.Item).AddEvent(e.Item, e.TimeMs);
            var rules = EventPairs.Transitions(recent[..count], e.Item, increments, RuleWindow);
            foreach (var increment in increments[..rules])
            {
                For(tenant, increment.Row).AddRule(increment);
            }

            var pairs = EventPairs.CoOccurrences(recent[..count], e.Item, before.Length + 1, increments, PairWindow);
            foreach (var increment in increments[..pairs])
            {
                For(tenant, increment.Row).AddPair(increment);
            }

            Interlocked.Add(ref _count, rules + pairs + 1);
        }
    }

    /// <summary>Sends everything that is pending.</summary>
    public async Task FlushAsync()
    {
        foreach (var ((tenant, shard), columns) in _pending)
        {
            if (columns.Take() is { } delta)
            {
                Interlocked.Add(ref _count, -(delta.RuleRows.Length + delta.PairRows.Length + delta.Events.Length));
                try
                {
                    await grains.GetGrain<IItemShardGrain>($"{tenant}/{shard}").ApplyAsync(delta);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    logger.DeltasDropped(tenant, delta.RuleRows.Length + delta.PairRows.Length, exception);
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

    private Columns For(string tenant, int item)
    {
        var key = (tenant, item % IItemShardGrain.Shards);
        return _pending.TryGetValue(key, out var columns) ? columns : _pending.GetOrAdd(key, _ => new Columns());
    }

    private sealed class Columns
    {
        private readonly Lock _gate = new();
        private readonly List<PairIncrement> _rules = [];
        private readonly List<PairIncrement> _pairs = [];
        private readonly List<(int Item, long TimeMs)> _events = [];

        public void AddRule(PairIncrement increment)
        {
            lock (_gate)
            {
                _rules.Add(increment);
            }
        }

        public void AddPair(PairIncrement increment)
        {
            lock (_gate)
            {
                _pairs.Add(increment);
            }
        }

        public void AddEvent(int item, long timeMs)
        {
            lock (_gate)
            {
                _events.Add((item, timeMs));
            }
        }

        public ShardDelta? Take()
        {
            lock (_gate)
            {
                if (_events.Count + _rules.Count + _pairs.Count == 0)
                {
                    return null;
                }

                var delta = new ShardDelta
                {
                    RuleRows = Column(_rules, p => p.Row),
                    RuleItems = Column(_rules, p => p.Item),
                    RuleWeights = Column(_rules, p => p.Weight),
                    PairRows = Column(_pairs, p => p.Row),
                    PairItems = Column(_pairs, p => p.Item),
                    PairWeights = Column(_pairs, p => p.Weight),
                    Events = Column(_events, e => e.Item),
                    EventTimes = Column(_events, e => e.TimeMs),
                };
                _rules.Clear();
                _pairs.Clear();
                _events.Clear();
                return delta;
            }
        }

        private static TValue[] Column<T, TValue>(List<T> rows, Func<T, TValue> column)
        {
            var values = new TValue[rows.Count];
            var span = CollectionsMarshal.AsSpan(rows);
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = column(span[i]);
            }

            return values;
        }
    }
}
