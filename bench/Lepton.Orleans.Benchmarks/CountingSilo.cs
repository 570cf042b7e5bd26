using System.Globalization;
using System.Reflection;
using Lepton.Orleans.Engine.Neighbours;
using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Upkeep;
using Lepton.Orleans.Grains.Users;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Benchmarks;

/// <summary>What counts in a silo, from the acknowledged event to the replica, without the runtime in between.</summary>
public class CountingSilo : DispatchProxy
{
    private const string Tenant = "default";
    private const int HistoryItems = 60;
    private static readonly DateTime Now = new(2026, 5, 1, 12, 0, 0, DateTimeKind.Utc);
    private static readonly TimeSpan HalfLife = TimeSpan.FromDays(7);

    private readonly Random _random = new(1);
    private Shard[] _shards = [];
    private DeltaBuffer _deltas = null!;
    private Replica _replica = null!;
    private User[] _users = [];
    private int _items;
    private long _time = (long)(Now - DateTime.UnixEpoch).TotalMilliseconds;

    /// <summary>A silo whose users have 60 items each, out of all with equal probability: what caches like least.</summary>
    public static CountingSilo Create(int items, int users)
    {
        var factory = Create<IGrainFactory, CountingSilo>();
        var silo = (CountingSilo)(object)factory;
        silo._items = items;
        silo._shards = [.. Enumerable.Range(0, IItemShardGrain.Shards).Select(shard => new Shard(new ShardCounters(shard, HalfLife)))];
        silo._deltas = new DeltaBuffer(factory, new FeedbackPolicy([], [], []), Options.Create(new TrainingOptions { Online = false }), TimeProvider.System, NullLogger<DeltaBuffer>.Instance);
        silo._replica = new Replica(Tenant, factory, null!, HalfLife, learnsOnline: false, NullLogger<Replica>.Instance);
        silo._users = [.. Enumerable.Range(0, users).Select(_ => new User())];
        for (var i = 0; i < HistoryItems; i++)
        {
            silo.NextEvents();
        }

        return silo;
    }

    /// <summary>Gives every user one more event, which is not counted yet.</summary>
    public void NextEvents()
    {
        foreach (var user in _users)
        {
            var added = new FeedbackEvent(_random.Next(_items), 1, _time++, FeedbackTypes.NumberOf("like"), isExplicit: false);
            user.History.Add(added, "");
            user.Added[0] = (added, "");
        }
    }

    /// <summary>Counts every user's newest event: buffered, sent every 1,800 events (a tenth of a second's), applied.</summary>
    public void Count()
    {
        for (var i = 0; i < _users.Length; i++)
        {
            _deltas.Add(Tenant, _users[i].History, _users[i].Added, RuleReach.Default);
            if (i % 1800 == 1799)
            {
                _deltas.FlushAsync().GetAwaiter().GetResult();
            }
        }

        _deltas.FlushAsync().GetAwaiter().GetResult();
    }

    /// <summary>Counts until rows are as full as so many events an item make them.</summary>
    public void Fill(int eventsPerItem)
    {
        for (var left = (long)eventsPerItem * _items; left > 0; left -= _users.Length)
        {
            NextEvents();
            Count();
        }
    }

    /// <summary>Lets a second pass.</summary>
    public void Tick() => Array.ForEach(_shards, shard => shard.Tick());

    /// <summary>Takes over what has changed.</summary>
    public void Refresh() => _replica.RefreshModelAsync().GetAwaiter().GetResult();

    /// <inheritdoc />
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.ReturnType switch
    {
        var type when type == typeof(ICatalogGrain) => new EmptyCatalog(),
        var type when type == typeof(ITrainingGrain) => new Untrained(),
        _ => _shards[int.Parse(((string)args![0]!).AsSpan(Tenant.Length + 1), CultureInfo.InvariantCulture)],
    };

    private sealed class User
    {
        public FeedbackHistory History { get; } = new();

        public (FeedbackEvent Event, string Comment)[] Added { get; } = new (FeedbackEvent, string)[1];
    }

    private sealed class Shard(ShardCounters counters) : IItemShardGrain
    {
        private readonly Guid _epoch = Guid.NewGuid();

        public Task ApplyAsync(ShardDelta delta)
        {
            counters.Apply(delta.Increments, Now);
            delta.Release();
            return Task.CompletedTask;
        }

        public void Tick() => counters.Tick();

        public Task<ShardRows> GetRowsAsync(Guid epoch, long after, int from, int count) =>
            Task.FromResult(counters.RowsAfter(_epoch, epoch == _epoch ? after : -1, from, count, Now));

        public Task BeginRebuildAsync() => throw new NotSupportedException();

        public Task RebuildAsync(ShardCounts counts) => throw new NotSupportedException();

        public Task AbandonRebuildAsync() => throw new NotSupportedException();

        public Task RemoveAsync(int item) => throw new NotSupportedException();

        public Task<byte[]?> GetPieceAsync(int piece) => throw new NotSupportedException();

        public Task RestorePieceAsync(int piece, byte[] content) => throw new NotSupportedException();
    }

    private sealed class EmptyCatalog : ICatalogGrain
    {
        public Task<int[]> ResolveAsync(string[] ids) => throw new NotSupportedException();

        public Task<CatalogEntry> ApplyAsync(CatalogEntry entry) => throw new NotSupportedException();

        public Task<CatalogEntry> DeleteAsync(int number) => throw new NotSupportedException();

        public Task<int[]> GetUnfinishedDeletionsAsync(string id) => throw new NotSupportedException();

        public Task<IndexMend> MendAsync(string[] ids) => throw new NotSupportedException();

        public Task RestoreAsync(int first, string[] ids, int[] deleted) => throw new NotSupportedException();

        public Task FinishDeletionsAsync(int[] numbers) => throw new NotSupportedException();

        public Task<CatalogChanges> GetChangesAsync(Guid epoch, long after, int count) => Task.FromResult(new CatalogChanges(Guid.Empty, 0, [], HasMore: false));
    }

    private sealed class Untrained : ITrainingGrain
    {
        public Task<BuildStatus> StartAsync() => throw new NotSupportedException();

        public Task<BuildStatus> GetStatusAsync() => Task.FromResult(new BuildStatus());

        public Task<BuildStatus> CancelAsync() => throw new NotSupportedException();
    }
}
