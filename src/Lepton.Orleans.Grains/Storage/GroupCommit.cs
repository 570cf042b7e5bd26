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
    // Parts; a write goes as a whole, so a batch can be larger by the parts of its last one.
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
            redis.call('SET', record, fence .. '\1' .. frame)
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

    private readonly Channel<Write> _queue = Channel.CreateUnbounded<Write>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim _inFlight = new(MaxInFlight);

    /// <summary>Appends a frame to a record's journal, and adds an id to indexes. Completes when the store has confirmed all of it.</summary>
    /// <param name="record">The record.</param>
    /// <param name="fence">The record's fence.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="indexes">The indexes.</param>
    /// <param name="member">What is added to them.</param>
    /// <returns>False: the fence is not this activation's any more; nothing was appended.</returns>
    /// <exception cref="RedisException">The store did not confirm; the frame and the entries may or may not be there.</exception>
    public Task<bool> AppendAsync(string record, Fence fence, byte[] frame, IReadOnlyList<RedisKey> indexes, string member)
    {
        var write = new Write(1 + indexes.Count);
        write.Parts[0] = new Part(write, record, StoreKeys.Journal(record), fence, frame);
        return Enqueue(write, indexes, member);
    }

    /// <summary>Adds an id to indexes. Completes when the store has confirmed it.</summary>
    public Task AddToIndexesAsync(IReadOnlyList<RedisKey> indexes, string member)
    {
        if (indexes.Count == 0)
        {
            return Task.CompletedTask;
        }

        return Enqueue(new Write(indexes.Count), indexes, member);
    }

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
            var batch = new List<Part>();
            while (batch.Count < MaxBatch && reader.TryRead(out var write))
            {
                batch.AddRange(write.Parts);
            }

            _ = WriteAsync(batch);
        }

        for (var i = 0; i < MaxInFlight; i++)
        {
            await _inFlight.WaitAsync(CancellationToken.None);
        }
    }

    // The entries are the last parts.
    private Task<bool> Enqueue(Write write, IReadOnlyList<RedisKey> indexes, string member)
    {
        var first = write.Parts.Length - indexes.Count;
        for (var i = 0; i < indexes.Count; i++)
        {
            write.Parts[first + i] = new Part(write, indexes[i], default, null, member);
        }

        if (!_queue.Writer.TryWrite(write))
        {
            write.Fail(new RedisConnectionException(ConnectionFailureType.ConnectionDisposed, "The silo is stopping."));
        }

        return write.Task;
    }

    private async Task WriteAsync(List<Part> batch)
    {
        try
        {
            // One server is one group; in a cluster each slot is its own.
            await (store.IsCluster
                ? Task.WhenAll(batch.GroupBy(p => store.Reads.Multiplexer.HashSlot(p.Key)).Select(g => WriteGroupAsync([.. g])))
                : WriteGroupAsync(batch));
        }
        finally
        {
            _inFlight.Release();
        }
    }

    private async Task WriteGroupAsync(List<Part> group)
    {
        try
        {
            var appends = group.FindAll(p => p.Fence is not null);
            var entries = group.FindAll(p => p.Fence is null);
            var keys = new RedisKey[(2 * appends.Count) + entries.Count];
            var values = new RedisValue[1 + (3 * appends.Count) + entries.Count];
            values[0] = appends.Count;
            for (var i = 0; i < appends.Count; i++)
            {
                keys[2 * i] = appends[i].Key;
                keys[(2 * i) + 1] = appends[i].Journal;
                values[(3 * i) + 1] = appends[i].Fence!.Token;
                values[(3 * i) + 2] = appends[i].Fence!.MayCreate ? "1" : "0";
                values[(3 * i) + 3] = appends[i].Payload;
            }

            for (var i = 0; i < entries.Count; i++)
            {
                keys[(2 * appends.Count) + i] = entries[i].Key;
                values[(3 * appends.Count) + 1 + i] = entries[i].Payload;
            }

            var refused = (int[]?)await store.WriteAsync(d => d.ScriptEvaluateAsync(Script, keys, values)) ?? [];
            for (var i = 0; i < appends.Count; i++)
            {
                appends[i].Write.Done(kept: !refused.Contains(i + 1));
            }

            entries.ForEach(static entry => entry.Write.Done(kept: true));
        }
        catch (Exception exception)
        {
            group.ForEach(part => part.Write.Fail(exception));
        }
    }

    // What lives in one slot.
    private sealed record Part(Write Write, RedisKey Key, RedisKey Journal, Fence? Fence, RedisValue Payload);

    // Sent in one batch, and confirmed when all of its parts are.
    private sealed class Write(int parts) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        private int _left = parts;
        private bool _isRefused;

        public Part[] Parts { get; } = new Part[parts];

        public void Done(bool kept)
        {
            // In a cluster parts are done in parallel, so nothing may be read here and written back.
            if (!kept)
            {
                _isRefused = true;
            }

            if (Interlocked.Decrement(ref _left) == 0)
            {
                TrySetResult(!_isRefused);
            }
        }

        public void Fail(Exception exception) => TrySetException(exception);
    }
}
