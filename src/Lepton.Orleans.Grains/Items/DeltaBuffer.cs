using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Learning;
using Lepton.Orleans.Grains.Users;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Grains.Items;

/// <summary>
/// Turns acknowledged events of this silo's users into increments for the item shards and into what the tenant's learner
/// learns from, and sends both in batches, one way.
/// What a crash or an overload loses here is derived data: the next build counts it anew from the histories.
/// </summary>
internal sealed class DeltaBuffer(
    IGrainFactory grains, FeedbackPolicy policy, IOptions<TrainingOptions> training, TimeProvider clock, ILogger<DeltaBuffer> logger) : BackgroundService
{
    // A build counts exactly, from the newest of a history.
    private const int Window = EventPairs.DefaultRuleWindow;
    private const int BuildWindow = EventPairs.DefaultCoOccurrenceWindow;

    // Of a history whose verdicts depend on values, so many of the newest events are looked at.
    private const int MaxScanned = 512;
    private const int MaxPending = 400_000;

    // Events that the weights of the blend are learned from, a tenant and flush: twenty a second.
    private const int SamplesPerFlush = 2;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly bool _learns = training.Value.Online;
    private readonly SemaphoreSlim _flushing = new(1);
    private readonly ConcurrentDictionary<string, Pending> _pending = new();
    private long _count;
    private long _dropped;

    /// <summary>
    /// Takes back what was counted of a user who is gone: what a build has seen by the rules of builds, what came after it by
    /// those of <see cref="Add"/>.
    /// </summary>
    /// <param name="tenant">The user's tenant.</param>
    /// <param name="events">The history, oldest first.</param>
    /// <param name="builtMs">When the build in use began to read histories, in milliseconds since 1970; 0 where there is none.</param>
    /// <param name="isGone">Numbers whose item was deleted: builds leave them out.</param>
    /// <param name="reach">How far the rules of the build in use reach.</param>
    /// <returns>How many counters; -1: too much waits to be sent, and the next build has to do it.</returns>
    public int TakeBack(string tenant, ReadOnlySpan<FeedbackEvent> events, long builtMs, Predicate<int> isGone, RuleReach reach)
    {
        if (Interlocked.Read(ref _count) > MaxPending)
        {
            return -1;
        }

        var pending = _pending.GetOrAdd(tenant, static _ => new Pending());
        var seen = 0;
        while (seen < events.Length && events[seen].TimeMs < builtMs)
        {
            seen++;
        }

        var until = HistoryReader.CountedUntil(clock);
        var counters = TakeBackBuilt(pending, events[..seen], isGone, reach);
        Span<int> recent = stackalloc int[Window];
        Span<PairIncrement> increments = stackalloc PairIncrement[2 * Window];
        for (var i = seen; i < events.Length; i++)
        {
            if (TryPair(events[..i], events[i], until, reach, recent, increments) is >= 0 and var pairs)
            {
                pending.TakeBack(events[i].Item, events[i].TimeMs, increments[..pairs]);
                counters += pairs + 1;
            }
        }

        Interlocked.Add(ref _count, counters);
        return counters;
    }

    /// <summary>Counts what a user has just added.</summary>
    /// <param name="tenant">The user's tenant.</param>
    /// <param name="history">The history with the new events in it.</param>
    /// <param name="added">The new events.</param>
    /// <param name="reach">How far the rules of the build in use reach.</param>
    public void Add(string tenant, FeedbackHistory history, IReadOnlyList<(FeedbackEvent Event, string Comment)> added, RuleReach reach)
    {
        Span<int> recent = stackalloc int[Window];
        Span<int> longer = stackalloc int[EventContexts.MaximumItems];
        Span<PairIncrement> increments = stackalloc PairIncrement[2 * Window];
        var pending = _pending.TryGetValue(tenant, out var known) ? known : _pending.GetOrAdd(tenant, static _ => new Pending());
        var until = HistoryReader.CountedUntil(clock);
        foreach (var (e, _) in added)
        {
            if (TryPair(Before(history.Events, e), e, until, reach, recent, increments) is not (>= 0 and var pairs))
            {
                continue;
            }

            if (Interlocked.Read(ref _count) > MaxPending)
            {
                Interlocked.Increment(ref _dropped);
                continue;
            }

            pending.Add(e.Item, e.TimeMs, increments[..pairs]);
            if (_learns)
            {
                // Two increments for each item before.
                var isSample = pending.TakesSamples && pairs > 0;
                pending.AddContext(e.Item, isSample ? longer[..PositiveItems(Before(history.Events, e), until, longer)] : recent[..(pairs / 2)], isSample);
            }

            Interlocked.Add(ref _count, pairs + 1);
        }
    }

    /// <summary>Sends everything that is pending. Shards do not confirm it: they have counted it a moment after the task has completed.</summary>
    public async Task FlushAsync()
    {
        // One at a time: what another flush has taken is not counted before that one has ended.
        await _flushing.WaitAsync();
        try
        {
            await SendAsync();
        }
        finally
        {
            _flushing.Release();
        }
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _flushing.Dispose();
        base.Dispose();
    }

    private async Task SendAsync()
    {
        foreach (var (tenant, pending) in _pending)
        {
            var (taken, since) = pending.Take();
            foreach (var (shard, delta) in taken)
            {
                var size = delta.Increments.Length;
                Interlocked.Add(ref _count, -size);
                try
                {
                    await grains.GetGrain<IItemShardGrain>($"{tenant}/{shard}").ApplyAsync(delta);
                }
                catch (Exception exception)
                {
                    CountingMetrics.Drop(size);
                    logger.DeltasDropped(tenant, size, exception);
                }
            }

            CountingMetrics.Sent(since);
            if (pending.TakeEvents() is { } events)
            {
                await TeachAsync(tenant, events);
            }
        }

        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
        {
            CountingMetrics.Drop(dropped);
            logger.DeltasDropped("all tenants", dropped, null);
        }
    }

    private async Task TeachAsync(string tenant, LearnerEvents events)
    {
        try
        {
            await grains.GetGrain<ILearnerGrain>(tenant).ApplyAsync(events);
        }
        catch (Exception exception)
        {
            logger.DeltasDropped(tenant, events.Events.Length, exception);
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
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await FlushAsync();
        }
    }

    // How many pairs an event makes; -1: it does not count. What is dated ahead is left to the build that comes after its time.
    private int TryPair(ReadOnlySpan<FeedbackEvent> before, FeedbackEvent e, long until, RuleReach reach, Span<int> recent, Span<PairIncrement> increments)
    {
        if (e.TimeMs > until || policy.KindOf(e.Type, e.Value) != FeedbackPolicy.Kind.Positive)
        {
            return -1;
        }

        var count = PositiveItems(before, until, recent);
        return recent[..count].Contains(e.Item) ? -1 : EventPairs.Count(recent[..count], e.Item, increments, reach.Window, reach.Decay);
    }

    private int PositiveItems(ReadOnlySpan<FeedbackEvent> before, long until, Span<int> items) =>
        HistoryReader.PositiveItems(before[^Math.Min(before.Length, MaxScanned)..], policy, until, items);

    private int TakeBackBuilt(Pending pending, ReadOnlySpan<FeedbackEvent> events, Predicate<int> isGone, RuleReach reach)
    {
        var items = new int[Math.Min(events.Length, HistoryReader.MaxCounted)];
        var newest = Array.FindAll(items[..HistoryReader.PositiveItems(events, policy, long.MaxValue, items)], item => !isGone(item));
        var times = new Dictionary<int, long>(newest.Length);
        foreach (ref readonly var e in events)
        {
            times[e.Item] = e.TimeMs;
        }

        var counters = 0;
        var increments = new PairIncrement[2 * BuildWindow];
        for (var i = 0; i < newest.Length; i++)
        {
            var before = newest.AsSpan(i + 1, Math.Min(BuildWindow, newest.Length - i - 1));
            var pairs = EventPairs.Count(before, newest[i], increments, reach.Window, reach.Decay);
            pending.TakeBack(newest[i], times[newest[i]], increments.AsSpan(0, pairs));
            counters += pairs + 1;
        }

        return counters;
    }

    private static ReadOnlySpan<FeedbackEvent> Before(ReadOnlySpan<FeedbackEvent> events, FeedbackEvent e)
    {
        var end = HistoryReader.CountUntil(events, e.TimeMs);

        // Several events may share a time; those that came before this one stand before it.
        while (end > 0 && !events[end - 1].Equals(e))
        {
            end--;
        }

        return events[..Math.Max(0, end - 1)];
    }

    /// <summary>What waits to be sent to a tenant's shards, in the form in which it is sent.</summary>
    private sealed class Pending
    {
        private readonly Lock _gate = new();
        private readonly (byte[]? Buffer, int Length)[] _open = new (byte[]?, int)[IItemShardGrain.Shards];
        private List<(int Shard, ShardDelta Delta)> _full = [];
        private readonly List<int> _samples = new(SamplesPerFlush);
        private byte[]? _events;
        private int _eventsLength;
        private long _untaught;
        private bool _isEmpty = true;
        private long _since;

        /// <summary>Whether an event may come with more of its history, for the weights of the blend to be learned from.</summary>
        public bool TakesSamples
        {
            get
            {
                lock (_gate)
                {
                    return _samples.Count < SamplesPerFlush;
                }
            }
        }

        public void Add(int item, long timeMs, ReadOnlySpan<PairIncrement> pairs)
        {
            lock (_gate)
            {
                if (_isEmpty)
                {
                    (_isEmpty, _since) = (false, CountingMetrics.Start());
                }

                foreach (ref readonly var pair in pairs)
                {
                    Append(new ShardIncrement(pair));
                }

                Append(new ShardIncrement(item, timeMs));
            }
        }

        /// <summary>Adds an event to what the learner learns from. What has no place until the next flush is left to the next build.</summary>
        public void AddContext(int item, ReadOnlySpan<int> before, bool isSample)
        {
            lock (_gate)
            {
                _events ??= ArrayPool<byte>.Shared.Rent(LearnerEvents.BufferBytes);
                var place = MemoryMarshal.Cast<byte, int>(_events.AsSpan(0, LearnerEvents.BufferBytes))[_eventsLength..];
                if (place.Length < EventContexts.MaximumLength)
                {
                    _untaught++;
                    return;
                }

                if (isSample)
                {
                    _samples.Add(_eventsLength);
                }

                _eventsLength += EventContexts.Write(place, item, before);
            }
        }

        /// <summary>What the learner is to learn from since the last call.</summary>
        public LearnerEvents? TakeEvents()
        {
            lock (_gate)
            {
                LearnerMetrics.Drop(_untaught);
                var taken = _events is null ? null : new LearnerEvents
                {
                    Content = _events.AsMemory(0, _eventsLength * sizeof(int)),
                    Samples = _samples.Count == 0 ? null : [.. _samples],
                };
                _samples.Clear();
                (_events, _eventsLength, _untaught) = (null, 0, 0);
                return taken;
            }
        }

        public void TakeBack(int item, long timeMs, ReadOnlySpan<PairIncrement> pairs)
        {
            lock (_gate)
            {
                foreach (ref readonly var pair in pairs)
                {
                    Append(new ShardIncrement(pair with { Rule = -pair.Rule, Pair = -pair.Pair }));
                }

                Append(ShardIncrement.Loss(item, timeMs));
            }
        }

        /// <summary>Everything that was added since the last call, and the clock of the first of it.</summary>
        public (List<(int Shard, ShardDelta Delta)> Deltas, long Since) Take()
        {
            lock (_gate)
            {
                for (var shard = 0; shard < _open.Length; shard++)
                {
                    Close(shard);
                }

                var taken = (_full, _since);
                (_full, _isEmpty, _since) = ([], true, 0);
                return taken;
            }
        }

        private void Append(in ShardIncrement increment)
        {
            var shard = increment.Item % IItemShardGrain.Shards;
            ref var open = ref _open[shard];
            open.Buffer ??= ArrayPool<byte>.Shared.Rent(ShardDelta.BufferBytes);
            MemoryMarshal.Write(open.Buffer.AsSpan(open.Length), in increment);
            open.Length += Unsafe.SizeOf<ShardIncrement>();
            if (open.Length == ShardDelta.BufferBytes)
            {
                Close(shard);
            }
        }

        private void Close(int shard)
        {
            if (_open[shard] is ({ } buffer, var length))
            {
                _full.Add((shard, new ShardDelta { Content = buffer.AsMemory(0, length) }));
                _open[shard] = default;
            }
        }
    }
}
