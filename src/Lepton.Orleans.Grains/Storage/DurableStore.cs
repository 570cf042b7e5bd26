using System.Runtime.CompilerServices;
using Lepton.Orleans.Grains.Hosting;
using Pipelines.Sockets.Unofficial;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>The store that everything here reads from and writes to: a write is durable when its task completes.</summary>
/// <remarks>
/// A script that writes several keys stands between MULTI and EXEC in Redis' append-only file. Where a crash cut that
/// block short, Redis (7.0 at least; Valkey until its pull request 4342) starts without it and leaves its beginning in the
/// file: the next start would take what was written after it as part of the same block, and drop it if no EXEC follows.
/// So the first write after a lost connection is followed by a block of our own, whose EXEC ends any that was left open.
/// In a Redis Cluster this is left out, because no key there reaches every server.
/// <para>
/// A store that hangs keeps its connections, so each call would wait until it times out, and whoever stands in line behind it as
/// long again. So once a write was not answered, everything is refused at once until a write of our own is.
/// </para>
/// </remarks>
internal sealed class DurableStore
{
    private const string EndBlockScript = """
        redis.call('INCR', KEYS[1])
        redis.call('INCR', KEYS[1])
        """;

    private const string RemoveScript = """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        redis.call('DEL', KEYS[1])
        return 1
        """;

    private const int KeysAtOnce = 1000;

    private static readonly TimeSpan ListenPause = TimeSpan.FromMilliseconds(50);

    private readonly IDatabase _database;
    private readonly StoreDurability _durability;
    private readonly ReplicaConfirmation? _replicas;
    private long _connection = 1;
    private long _blockEnded;
    private int _isSilent;

    /// <summary>Makes a store over one connection.</summary>
    public DurableStore(IDatabase database, StoreDurability durability)
    {
        (_database, _durability) = (database, durability);
        _replicas = durability.Replicas > 0 ? new ReplicaConfirmation(database, durability.Replicas) : null;
        database.Multiplexer.ConnectionFailed += (_, _) => Interlocked.Increment(ref _connection);
    }

    /// <summary>For reads.</summary>
    /// <exception cref="RedisTimeoutException">The store has not answered a write, and nothing since.</exception>
    public IDatabase Reads => Volatile.Read(ref _isSilent) == 0
        ? _database
        : throw new RedisTimeoutException("The store does not answer.", CommandStatus.WaitingToBeSent);

    /// <summary>Whether keys live in slots that no script can span.</summary>
    public bool IsCluster => Array.Exists(_database.Multiplexer.GetServers(), static server => server.ServerType == ServerType.Cluster);

    /// <summary>Writes, and waits until what was written is durable.</summary>
    /// <param name="key">What is written, or one key of it: it says which server of a cluster that is.</param>
    /// <param name="write">The write.</param>
    /// <exception cref="RedisException">The store did not confirm; the write may or may not be there.</exception>
    /// <exception cref="RedisTimeoutException">The store did not answer; the write may or may not be there.</exception>
    public async Task<T> WriteAsync<T>(RedisKey key, Func<IDatabase, Task<T>> write)
    {
        var database = Reads;
        try
        {
            var result = await (_replicas is null ? write(database) : _replicas.WriteAsync(key, write));
            if (Volatile.Read(ref _connection) is var connection && connection != Volatile.Read(ref _blockEnded))
            {
                await EndBlockAsync();
                Volatile.Write(ref _blockEnded, connection);
            }

            await ConfirmAsync();
            return result;
        }
        catch (RedisTimeoutException)
        {
            Listen();
            throw;
        }
    }

    /// <summary>Waits until everything that was read or written before is durable.</summary>
    /// <exception cref="RedisException">The store did not confirm.</exception>
    public Task ConfirmAsync() => _durability.ConfirmCommand is { } command ? _database.ExecuteAsync(command) : Task.CompletedTask;

    /// <summary>
    /// The keys of all servers, in no order; one may come twice, and one that is written or removed meanwhile may come or not.
    /// </summary>
    /// <param name="pattern">A glob that they match.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="StoreUnavailableException">A server did not answer.</exception>
    public async IAsyncEnumerable<RedisKey> ScanAsync(string pattern, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var server in Primaries())
        {
            await using var keys = server.KeysAsync(_database.Database, pattern, KeysAtOnce).GetAsyncEnumerator(cancellationToken);
            while (await Guard("scan the keys", () => keys.MoveNextAsync().AsTask()))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return keys.Current;
            }
        }
    }

    /// <summary>Removes a key, if it holds this value.</summary>
    /// <exception cref="RedisException">The store did not confirm.</exception>
    public Task<RedisResult> RemoveWhereAsync(RedisKey key, RedisValue value) =>
        WriteAsync(key, d => d.ScriptEvaluateAsync(RemoveScript, [key], [value]));

    private List<IServer> Primaries()
    {
        var servers = _database.Multiplexer.GetServers().Where(server => !server.IsReplica).ToList();
        var connected = servers.FindAll(server => server.IsConnected);

        // In a cluster each has keys that no other has; elsewhere there is one, whatever addresses are named beside it.
        return connected.Count > 0 && (connected.Count == servers.Count || !IsCluster)
            ? connected
            : throw new StoreUnavailableException("scan the keys", new IOException("Not every server of the store is connected."));
    }

    /// <summary>Runs one operation against the store, measures it and gives its failures one name.</summary>
    /// <param name="operation">A verb, which is how metrics name it, and what it is done to.</param>
    /// <param name="action">The operation.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer or did not confirm.</exception>
    public static async Task<T> Guard<T>(string operation, Func<Task<T>> action)
    {
        var started = StoreMetrics.Start();
        try
        {
            var result = await action();
            StoreMetrics.Record(started, operation);
            return result;
        }
        catch (Exception exception) when (exception is RedisException or RedisTimeoutException or ConnectionResetException or ObjectDisposedException or OperationCanceledException
            || IsBrokenPipe(exception))
        {
            StoreMetrics.Record(started, operation, exception);
            throw Unavailable(operation, exception);
        }
    }

    /// <summary>A failure of the store under the name that callers know.</summary>
    // The client's own exceptions cannot cross to another silo or an Orleans client; what they say can.
    public static StoreUnavailableException Unavailable(string operation, Exception exception) => new(operation, new IOException(exception.Message));

    // A connection that breaks while a reply is being read.
    private static bool IsBrokenPipe(Exception exception) => exception is InvalidOperationException { Source: "System.IO.Pipelines" };

    private Task EndBlockAsync() => IsCluster ? Task.CompletedTask : _database.ScriptEvaluateAsync(EndBlockScript, [StoreKeys.Starts]);

    private void Listen()
    {
        if (Interlocked.Exchange(ref _isSilent, 1) == 0)
        {
            _ = ListenAsync();
        }
    }

    // Ends with the multiplexer at the latest.
    private async Task ListenAsync()
    {
        while (!await IsAnsweredAsync())
        {
            await Task.Delay(ListenPause);
        }

        Volatile.Write(ref _isSilent, 0);
    }

    // A refusal is an answer too, and so is the end of the connection: calls over none fail at once by themselves.
    private async Task<bool> IsAnsweredAsync()
    {
        try
        {
            await (IsCluster ? _database.PingAsync() : EndBlockAsync());
            await ConfirmAsync();
            return true;
        }
        catch (Exception exception)
        {
            return exception is not RedisTimeoutException;
        }
    }
}
