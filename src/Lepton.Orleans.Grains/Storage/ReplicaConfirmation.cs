using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>
/// Writes that a number of replicas have when they are confirmed, so that one of them can be promoted in the place of a server
/// that is gone for good. Writes on one server share the wait: one WAIT at a time, for all that came before it.
/// </summary>
/// <remarks>
/// WAIT speaks of what its own connection has written, and of nothing on another server. So it goes to the server that has answered
/// for the key right before and right after the write (in a cluster, and while a replica is being promoted, these can differ),
/// and means nothing where that server's connection was lost after the write was sent.
/// </remarks>
internal sealed class ReplicaConfirmation
{
    private readonly ConcurrentDictionary<EndPoint, Line> _lines = new();
    private readonly ConcurrentDictionary<EndPoint, long> _losses = new();
    private readonly IDatabase _database;
    private readonly int _replicas;

    /// <summary>Makes one for a connection.</summary>
    public ReplicaConfirmation(IDatabase database, int replicas)
    {
        (_database, _replicas) = (database, replicas);
        database.Multiplexer.ConnectionFailed += (_, loss) =>
        {
            if (loss is { ConnectionType: ConnectionType.Interactive, EndPoint: { } server })
            {
                _losses[server] = Stopwatch.GetTimestamp();
            }
        };
    }

    /// <summary>Writes, and waits until the replicas have it.</summary>
    /// <param name="key">What is written, or one key of it.</param>
    /// <param name="write">The write.</param>
    /// <exception cref="RedisException">The server or the replicas did not confirm; the write may or may not be there.</exception>
    public async Task<T> WriteAsync<T>(RedisKey key, Func<IDatabase, Task<T>> write)
    {
        var sent = Stopwatch.GetTimestamp();
        var before = _database.IdentifyEndpointAsync(key, CommandFlags.DemandMaster);
        var writing = write(_database);
        var after = _database.IdentifyEndpointAsync(key, CommandFlags.DemandMaster);
        await Task.WhenAll(before, writing, after);
        if (await before is not { } server || !server.Equals(await after))
        {
            throw new RedisConnectionException(ConnectionFailureType.UnableToResolvePhysicalConnection, "The key moved to another server meanwhile.");
        }

        await _lines.GetOrAdd(server, static (server, all) => new Line(all._database.Multiplexer.GetServer(server), all._replicas), this).ConfirmAsync();
        return !_losses.TryGetValue(server, out var loss) || loss < sent
            ? await writing
            : throw new RedisConnectionException(ConnectionFailureType.SocketFailure, "The connection was lost before the replicas could be asked.");
    }

    /// <summary>The writes of one server that wait for its replicas.</summary>
    private sealed class Line(IServer server, int replicas)
    {
        // Twice this is what a write can take, when it comes just after a wait has begun; callers are promised an answer within two seconds.
        private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

        // WAIT keeps what comes after it on the connection waiting, reads too. So once replicas were missing, they are asked for in passing.
        private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);

        private readonly Lock _gate = new();
        private TaskCompletionSource? _next;
        private bool _isRunning;
        private TimeSpan _limit = Patience;

        /// <summary>Completes when the replicas have everything that was written before.</summary>
        public Task ConfirmAsync()
        {
            Task confirmation;
            lock (_gate)
            {
                _next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                confirmation = _next.Task;
                if (_isRunning)
                {
                    return confirmation;
                }

                _isRunning = true;
            }

            _ = RunAsync();
            return confirmation;
        }

        private async Task RunAsync()
        {
            while (TakeNext() is { } waiting)
            {
                try
                {
                    var confirmed = (int)await server.ExecuteAsync("WAIT", replicas, (int)_limit.TotalMilliseconds);
                    _limit = confirmed < replicas ? Glance : Patience;
                    if (confirmed < replicas)
                    {
                        waiting.SetException(new RedisServerException($"{confirmed} of {replicas} replicas of {server.EndPoint} (Lepton:RedisReplicas) have confirmed."));
                    }
                    else
                    {
                        waiting.SetResult();
                    }
                }
                catch (Exception exception)
                {
                    waiting.SetException(exception);
                }
            }
        }

        private TaskCompletionSource? TakeNext()
        {
            lock (_gate)
            {
                var next = _next;
                (_next, _isRunning) = (null, next is not null);
                return next;
            }
        }
    }
}
