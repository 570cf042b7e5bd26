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
    // Parts; a commit goes as a whole, so a batch can be larger by the parts of its last one.
    private const int MaxBatch = 256;
    private const int MaxInFlight = 4;
    private const int Crowd = 50_000;

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

    private readonly Channel<Commit> _queue = Channel.CreateUnbounded<Commit>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim _inFlight = new(MaxInFlight);
    private int _waiting;

    /// <summary>Whether so much waits to be written that whoever can wait should.</summary>
    public bool IsCrowded => Volatile.Read(ref _waiting) > Crowd;

    /// <summary>Writes a commit with what comes before and after it; it is told how that ended.</summary>
    public void Enqueue(Commit commit)
    {
        commit.Expect(1);
        Interlocked.Increment(ref _waiting);
        if (!_queue.Writer.TryWrite(commit))
        {
            commit.PieceFailed(new RedisConnectionException(ConnectionFailureType.ConnectionDisposed, "The silo is stopping."));
        }
    }

    /// <summary>Appends a frame to a record's journal, and adds an id to indexes. Completes when the store has confirmed all of it.</summary>
    /// <param name="record">The record.</param>
    /// <param name="fence">The record's fence.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="indexes">The indexes.</param>
    /// <param name="member">What is added to them.</param>
    /// <returns>False: the fence is not this activation's any more; nothing was appended.</returns>
    /// <exception cref="RedisException">The store did not confirm; the frame and the entries may or may not be there.</exception>
    public Task<bool> AppendAsync(RedisKey record, Fence fence, byte[] frame, IReadOnlyList<RedisKey> indexes, RedisValue member) =>
        RunAsync(new AwaitedCommit(record, fence, frame, indexes, member));

    /// <summary>Adds an id to indexes. Completes when the store has confirmed it.</summary>
    public Task AddToIndexesAsync(IReadOnlyList<RedisKey> indexes, RedisValue member) =>
        indexes.Count == 0 ? Task.CompletedTask : RunAsync(new AwaitedCommit(default, null, [], indexes, member));

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
            var batch = new List<Commit>();
            for (var parts = 0; parts < MaxBatch && reader.TryRead(out var commit); parts += commit.Parts)
            {
                batch.Add(commit);
            }

            Interlocked.Add(ref _waiting, -batch.Count);
            _ = WriteAsync(batch);
        }

        for (var i = 0; i < MaxInFlight; i++)
        {
            await _inFlight.WaitAsync(CancellationToken.None);
        }
    }

    private Task<bool> RunAsync(AwaitedCommit commit)
    {
        Enqueue(commit);
        return commit.Confirmation;
    }

    private async Task WriteAsync(List<Commit> batch)
    {
        try
        {
            // One server is one group; in a cluster each slot is its own.
            await (store.IsCluster ? Task.WhenAll(PiecesOf(batch).Select(WriteAsync)) : WriteAsync(batch.ConvertAll(Piece.Whole)));
        }
        finally
        {
            _inFlight.Release();
        }
    }

    private List<Piece>[] PiecesOf(List<Commit> batch)
    {
        var pieces = new Dictionary<int, List<Piece>>();
        foreach (var commit in batch)
        {
            commit.Expect(commit.Parts);
            for (var part = commit.Fence is null ? 0 : -1; part < commit.Indexes.Count; part++)
            {
                var slot = store.Reads.Multiplexer.HashSlot(part < 0 ? commit.Record : commit.Indexes[part]);
                if (!pieces.TryGetValue(slot, out var group))
                {
                    pieces.Add(slot, group = []);
                }

                group.Add(new Piece(commit, part < 0, Math.Max(part, 0), part < 0 ? 0 : 1));
            }
        }

        return [.. pieces.Values];
    }

    private async Task WriteAsync(List<Piece> group)
    {
        try
        {
            var (keys, values) = Arguments(group);
            var refused = (int[]?)await store.WriteAsync(d => d.ScriptEvaluateAsync(Script, keys, values)) ?? [];
            var append = 0;
            foreach (var piece in group)
            {
                piece.Commit.PieceDone(kept: !piece.Appends || Array.IndexOf(refused, ++append) < 0);
            }
        }
        catch (Exception exception)
        {
            group.ForEach(piece => piece.Commit.PieceFailed(exception));
        }
    }

    // The appends first, then the entries.
    private static (RedisKey[] Keys, RedisValue[] Values) Arguments(List<Piece> group)
    {
        var (appends, entries) = (0, 0);
        foreach (var piece in group)
        {
            appends += piece.Appends ? 1 : 0;
            entries += piece.Entries;
        }

        var keys = new RedisKey[(2 * appends) + entries];
        var values = new RedisValue[1 + (3 * appends) + entries];
        values[0] = appends;
        var (append, entry) = (0, 0);
        foreach (var (commit, isAppend, first, count) in group)
        {
            if (isAppend)
            {
                keys[2 * append] = commit.Record;
                keys[(2 * append) + 1] = StoreKeys.Journal(commit.Record);
                values[(3 * append) + 1] = commit.Fence!.Token;
                values[(3 * append) + 2] = commit.Fence.MayCreate ? "1" : "0";
                values[(3 * append) + 3] = commit.Frame;
                append++;
            }

            for (var i = first; i < first + count; i++)
            {
                keys[(2 * appends) + entry] = commit.Indexes[i];
                values[1 + (3 * appends) + entry] = commit.Member;
                entry++;
            }
        }

        return (keys, values);
    }

    // What of a commit goes to one server: all of it, or what lives in one slot.
    private readonly record struct Piece(Commit Commit, bool Appends, int First, int Entries)
    {
        public static Piece Whole(Commit commit) => new(commit, commit.Fence is not null, 0, commit.Indexes.Count);
    }

    private sealed class AwaitedCommit : Commit
    {
        private readonly TaskCompletionSource<bool> _confirmation = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public AwaitedCommit(RedisKey record, Fence? fence, byte[] frame, IReadOnlyList<RedisKey> indexes, RedisValue member) =>
            (Record, Fence, Frame, Indexes, Member) = (record, fence, frame, indexes, member);

        public Task<bool> Confirmation => _confirmation.Task;

        protected override void OnDone(bool kept) => _confirmation.TrySetResult(kept);

        protected override void OnFailed(Exception exception) => _confirmation.TrySetException(exception);
    }
}
