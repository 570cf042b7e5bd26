using Lepton.Orleans.Grains.Hosting;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>The store that everything here reads from and writes to: a write is durable when its task completes.</summary>
internal sealed class DurableStore(IDatabase database, StoreDurability durability)
{
    /// <summary>For reads.</summary>
    public IDatabase Reads => database;

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
}
