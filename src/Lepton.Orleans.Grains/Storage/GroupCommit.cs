using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>
/// Appends of all records of a silo, and the index entries that belong to them, share round trips: what arrives while a
/// batch is under way becomes the next one. Each append is conditional on its record's fence.
/// </summary>
internal sealed class GroupCommit(DurableStore store) : BackgroundService
{
    private const int MaxBatch = 256;
    private const int MaxInFlight = 4;

    // For each append: KEYS record, journal; ARGV fence, '1' if the record may be created, frame. Then index keys with one member each.
    // Replies the (1-based) positions of refused appends.
    private const string Script = """
        local appends = tonumber(ARGV[1])
        local refused = {}
        for i = 1, appends do
          local record, journal = KEYS[2 * i - 1], KEYS[2 * i]
          local fence, create, frame = ARGV[3 * i - 1], ARGV[3 * i], ARGV[3 * i + 1]
          local held = redis.call('GETRANGE', record, 0, 15)
          if held == fence then
            redis.call('RPUSH', journal, frame)
          elseif held == '' and create == '1' then
            redis.call('SET', record, fence)
            redis.call('RPUSH', journal, frame)
          else
            refused[#refused + 1] = i
          end
        end
        local a = 3 * appends + 2
        for k = 2 * appends + 1, #KEYS do
          redis.call('ZADD', KEYS[k], 0, ARGV[a])
          a = a + 1
        end
        return refused
        """;

    private readonly Channel<Operation> _queue = Channel.CreateUnbounded<Operation>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim _inFlight = new(MaxInFlight);

    /// <summary>Appends a frame to a record's journal. Completes when the store has confirmed it.</summary>
    /// <returns>False: the fence is not this activation's any more; nothing was written.</returns>
    /// <exception cref="RedisException">The store did not confirm; the frame may or may not be there.</exception>
    public Task<bool> AppendAsync(string record, Fence fence, byte[] frame) =>
        Enqueue(new Operation(record, StoreKeys.Journal(record), fence, frame));

    /// <summary>Adds an id to an index. Completes when the store has confirmed it.</summary>
    public Task AddToIndexAsync(RedisKey index, string member) => Enqueue(new Operation(index, default, null, member));

    /// <inheritdoc />
    public override void Dispose()
    {
        _inFlight.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Appends that were accepted are written even while the silo stops, so the queue's end is what ends this loop.
        await using var registration = stoppingToken.Register(() => _queue.Writer.TryComplete());
        var reader = _queue.Reader;
        while (await reader.WaitToReadAsync(CancellationToken.None))
        {
            await _inFlight.WaitAsync(CancellationToken.None);
            var batch = new List<Operation>();
            while (batch.Count < MaxBatch && reader.TryRead(out var operation))
            {
                batch.Add(operation);
            }

            _ = WriteAsync(batch);
        }
    }

    private Task<bool> Enqueue(Operation operation) =>
        _queue.Writer.TryWrite(operation)
            ? operation.Completion.Task
            : Task.FromException<bool>(new RedisConnectionException(ConnectionFailureType.ConnectionDisposed, "The silo is stopping."));

    private async Task WriteAsync(List<Operation> batch)
    {
        try
        {
            // One server is one group; in a cluster each slot is its own.
            var groups = batch.GroupBy(o => store.Reads.Multiplexer.HashSlot(o.Key)).Select(g => WriteGroupAsync([.. g]));
            await Task.WhenAll(groups);
        }
        finally
        {
            _inFlight.Release();
        }
    }

    private async Task WriteGroupAsync(Operation[] group)
    {
        try
        {
            var appends = Array.FindAll(group, o => o.Fence is not null);
            var entries = Array.FindAll(group, o => o.Fence is null);
            var keys = new RedisKey[(2 * appends.Length) + entries.Length];
            var values = new RedisValue[1 + (3 * appends.Length) + entries.Length];
            values[0] = appends.Length;
            for (var i = 0; i < appends.Length; i++)
            {
                keys[2 * i] = appends[i].Key;
                keys[(2 * i) + 1] = appends[i].Journal;
                values[(3 * i) + 1] = appends[i].Fence!.Token;
                values[(3 * i) + 2] = appends[i].Fence!.MayCreate ? "1" : "0";
                values[(3 * i) + 3] = appends[i].Payload;
            }

            for (var i = 0; i < entries.Length; i++)
            {
                keys[(2 * appends.Length) + i] = entries[i].Key;
                values[(3 * appends.Length) + 1 + i] = entries[i].Payload;
            }

            var refused = (int[]?)await store.WriteAsync(d => d.ScriptEvaluateAsync(Script, keys, values)) ?? [];
            for (var i = 0; i < appends.Length; i++)
            {
                appends[i].Completion.TrySetResult(!refused.Contains(i + 1));
            }

            foreach (var entry in entries)
            {
                entry.Completion.TrySetResult(true);
            }
        }
        catch (Exception exception)
        {
            foreach (var operation in group)
            {
                operation.Completion.TrySetException(exception);
            }
        }
    }

    private sealed record Operation(RedisKey Key, RedisKey Journal, Fence? Fence, RedisValue Payload)
    {
        public TaskCompletionSource<bool> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
