using Lepton.Orleans.Grains.Hosting;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>The store that everything here reads from and writes to: a write is durable when its task completes.</summary>
internal sealed class DurableStore(IDatabase database, StoreDurability durability)
{
    /// <summary>For reads.</summary>
    public IDatabase Reads => database;

    /// <summary>Whether keys live in slots that no script can span.</summary>
    public bool IsCluster => Array.Exists(database.Multiplexer.GetServers(), static server => server.ServerType == ServerType.Cluster);

    /// <summary>Writes, and waits until what was written is durable.</summary>
    /// <exception cref="RedisException">The store did not confirm; the write may or may not be there.</exception>
    public async Task<T> WriteAsync<T>(Func<IDatabase, Task<T>> write)
    {
        var result = await write(database);
        if (durability.ConfirmCommand is { } command)
        {
            await database.ExecuteAsync(command);
        }

        return result;
    }

    /// <summary>Runs one operation against the store and gives its failures one name.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer or did not confirm.</exception>
    public static async Task<T> Guard<T>(string operation, Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception exception) when (exception is RedisException or RedisTimeoutException or ObjectDisposedException or OperationCanceledException)
        {
            // The client's own exceptions cannot cross to another silo or an Orleans client; what they say can.
            throw new StoreUnavailableException(operation, new IOException(exception.Message));
        }
    }
}
