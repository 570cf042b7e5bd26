using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Lepton.Orleans.Grains.Turns;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Tests.Storage;

/// <summary>The stores of one silo over one connection, as the silo composes them.</summary>
internal sealed class OpenStore : IAsyncDisposable
{
    /// <summary>How long a turn lasts that is not renewed: shorter than a silo's, so that tests need not wait for long.</summary>
    public static readonly TimeSpan TurnLease = TimeSpan.FromSeconds(2);

    private readonly ConnectionMultiplexer _multiplexer;

    private OpenStore(ConnectionMultiplexer multiplexer, StoreDurability durability)
    {
        _multiplexer = multiplexer;
        var store = new DurableStore(Database, durability);
        Commits = new GroupCommit(store, NullLogger<GroupCommit>.Instance);
        Records = new RecordStore(store, Commits);
        Indexes = new IndexStore(store);
        Blobs = new BlobStore(store);
        Catalog = new CatalogStore(store);
        Turns = new StoreTurns(store, TimeProvider.System, TurnLease);
    }

    public IDatabase Database => _multiplexer.GetDatabase();

    public GroupCommit Commits { get; }

    public RecordStore Records { get; }

    public IndexStore Indexes { get; }

    public BlobStore Blobs { get; }

    public CatalogStore Catalog { get; }

    public StoreTurns Turns { get; }

    public static async Task<OpenStore> ConnectAsync(StoreServers servers, StoreKind kind)
    {
        var store = new OpenStore(servers.Connect(kind), StoreServer.DurabilityOf(kind));
        await store.Commits.StartAsync(CancellationToken.None);
        return store;
    }

    /// <summary>The names of all keys that begin so, in order.</summary>
    public string[] KeysFrom(string start) =>
        [.. _multiplexer.GetServers()[0].Keys(pattern: start + "*", pageSize: 1000).Select(key => (string)key!).Order(StringComparer.Ordinal)];

    /// <summary>A name that no other test uses.</summary>
    public static string Unique() => Guid.NewGuid().ToString("N");

    public static string UniqueRecord() => StoreKeys.UserRecord(LeptonKey.For("test", Unique()));

    public async ValueTask DisposeAsync()
    {
        await Commits.StopAsync(CancellationToken.None);
        await _multiplexer.DisposeAsync();
    }
}
