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

    private readonly IDatabase _database;
    private readonly StoreDurability _durability;
    private long _connection = 1;
    private long _blockEnded;

    /// <summary>Makes a store over one connection.</summary>
    public DurableStore(IDatabase database, StoreDurability durability)
    {
        (_database, _durability) = (database, durability);
        database.Multiplexer.ConnectionFailed += (_, _) => Interlocked.Increment(ref _connection);
    }

    /// <summary>For reads.</summary>
    public IDatabase Reads => _database;

    /// <summary>Whether keys live in slots that no script can span.</summary>
    public bool IsCluster => Array.Exists(_database.Multiplexer.GetServers(), static server => server.ServerType == ServerType.Cluster);

    /// <summary>Writes, and waits until what was written is durable.</summary>
    /// <exception cref="RedisException">The store did not confirm; the write may or may not be there.</exception>
    public async Task<T> WriteAsync<T>(Func<IDatabase, Task<T>> write)
    {
        var result = await write(_database);
        if (Volatile.Read(ref _connection) is var connection && connection != Volatile.Read(ref _blockEnded))
        {
            if (!IsCluster)
            {
                await _database.ScriptEvaluateAsync(EndBlockScript, [StoreKeys.Starts]);
            }

            Volatile.Write(ref _blockEnded, connection);
        }

        if (_durability.ConfirmCommand is { } command)
        {
            await _database.ExecuteAsync(command);
        }

        return result;
    }

    /// <summary>Removes a key, if it holds this value.</summary>
    /// <exception cref="RedisException">The store did not confirm.</exception>
    public Task<RedisResult> RemoveWhereAsync(RedisKey key, RedisValue value) =>
        WriteAsync(d => d.ScriptEvaluateAsync(RemoveScript, [key], [value]));

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
        catch (Exception exception) when (exception is RedisException or RedisTimeoutException or ConnectionResetException or ObjectDisposedException or OperationCanceledException)
        {
            StoreMetrics.Record(started, operation, exception);
            throw Unavailable(operation, exception);
        }
    }

    /// <summary>A failure of the store under the name that callers know.</summary>
    // The client's own exceptions cannot cross to another silo or an Orleans client; what they say can.
    public static StoreUnavailableException Unavailable(string operation, Exception exception) => new(operation, new IOException(exception.Message));
}
