using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>
/// Appends of all records of a silo, and the index entries that belong to them, share round trips: what arrives while a
/// batch is under way becomes the next one. Each append is conditional on its record's fence.
/// </summary>
internal sealed class GroupCommit(DurableStore store, ILogger<GroupCommit> logger) : IHostedService
{
    // Parts; a commit goes as a whole, so a batch can be larger by the parts of its last one.
    private const int MaxBatch = 256;

    // While the store answers one batch the next is on its way. More at once would only be smaller.
    private const int MaxInFlight = 2;
    private const int Crowd = 50_000;

    // KEYS: a journal for each append; journal, record and a fresh key for each record that is created; indexes. ARGV: how many appends and
    // creations; fence and frame for each; what is added to each index. Replies the (1-based) positions of those refused, then
    // the positions of those that failed, and what the first of them failed with: one record in disorder is no trouble of others.
    private const string Script = """
        local appends, creations = tonumber(ARGV[1]), tonumber(ARGV[2])
        local refused, failed, failure = {}, {}, ''
        local k, a = 1, 3
        local function attempt(i, ...)
          local reply = redis.pcall(...)
          if type(reply) == 'table' and reply.err then
            if #failed == 0 then failure = reply.err end
            if failed[#failed] ~= i then failed[#failed + 1] = i end
            return nil
          end
          return reply
        end
        local function append(i)
          local length = attempt(i, 'LINSERT', KEYS[k], 'AFTER', ARGV[a], ARGV[a + 1])
          if length and length < 1 then refused[#refused + 1] = i end
        end
        for i = 1, appends do
          append(i)
          k, a = k + 1, a + 2
        end
        for i = appends + 1, appends + creations do
          if redis.call('EXISTS', KEYS[k], KEYS[k + 1]) > 0 then
            append(i)
          elseif attempt(i, 'RPUSH', KEYS[k + 2], ARGV[a], ARGV[a + 1]) then
            attempt(i, 'RENAME', KEYS[k + 2], KEYS[k])
          end
          k, a = k + 3, a + 2
        end
        for i = k, #KEYS do
          redis.call('ZADD', KEYS[i], 0, ARGV[a])
          a = a + 1
        end
        return {refused, failed, failure}
        """;

    private readonly Lock _gate = new();
    private readonly Queue<Commit> _queue = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inFlight;
    private bool _isStopping;

    /// <summary>How many commits wait for a batch.</summary>
    // A count that is a moment old is as good.
    public int Waiting => _queue.Count;

    /// <summary>Whether so much waits to be written that whoever can wait should.</summary>
    public bool IsCrowded => Waiting > Crowd;

    /// <summary>Puts a commit into the next batch, which goes with <see cref="Send"/>; the commit is told how that ended.</summary>
    public void Add(Commit commit)
    {
        commit.Expect(1);
        lock (_gate)
        {
            if (!_isStopping)
            {
                _queue.Enqueue(commit);
                return;
            }
        }

        commit.PieceFailed(new RedisConnectionException(ConnectionFailureType.ConnectionDisposed, "The silo is stopping."));
    }

    /// <summary>Sends what was added, on this thread, unless so many batches are under way that it goes after one of them.</summary>
    public void Send()
    {
        while (TryTake() is { } batch)
        {
            // A grain must not have the rest of everybody's writes among its turns.
            _ = TaskScheduler.Current == TaskScheduler.Default ? WriteAsync(batch) : Task.Run(() => WriteAsync(batch));
        }
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Refuses what comes from now on, and waits for what was accepted.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _isStopping = true;
            EndWhereDrained();
        }

        Send();
        return _drained.Task.WaitAsync(cancellationToken);
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

    private Task<bool> RunAsync(AwaitedCommit commit)
    {
        Add(commit);
        Send();
        return commit.Confirmation;
    }

    private List<Commit>? TryTake()
    {
        lock (_gate)
        {
            if (_inFlight == MaxInFlight || _queue.Count == 0)
            {
                return null;
            }

            _inFlight++;
            var batch = new List<Commit>(Math.Min(_queue.Count, MaxBatch));
            for (var parts = 0; parts < MaxBatch && _queue.TryDequeue(out var commit); parts += commit.Parts)
            {
                batch.Add(commit);
            }

            return batch;
        }
    }

    // Writes a batch, and then whatever has come meanwhile.
    private async Task WriteAsync(List<Commit> first)
    {
        for (var batch = first; batch is not null; batch = TryTakeNext())
        {
            try
            {
                // One server is one group; in a cluster each slot is its own.
                await (store.IsCluster ? Task.WhenAll(PiecesOf(batch).Select(WriteAsync)) : WriteAsync(batch.ConvertAll(Piece.Whole)));
            }
            catch (Exception exception)
            {
                batch.ForEach(commit => Tell(commit, kept: false, exception));
            }
        }
    }

    private List<Commit>? TryTakeNext()
    {
        lock (_gate)
        {
            _inFlight--;
            EndWhereDrained();
        }

        return TryTake();
    }

    private void EndWhereDrained()
    {
        if (_isStopping && _inFlight == 0 && _queue.Count == 0)
        {
            _drained.TrySetResult();
        }
    }

    // What one commit does when it is told must not keep the others from being told.
    private void Tell(Commit commit, bool kept, Exception? failure = null)
    {
        try
        {
            if (failure is null)
            {
                commit.PieceDone(kept);
            }
            else
            {
                commit.PieceFailed(failure);
            }
        }
        catch (Exception exception)
        {
            logger.CommitFailed(exception);
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

                group.Add(part < 0 ? Piece.Whole(commit) with { Entries = 0 } : new Piece(commit, PieceKind.Entries, part, 1));
            }
        }

        return [.. pieces.Values];
    }

    private async Task WriteAsync(List<Piece> group)
    {
        var started = StoreMetrics.Start();
        try
        {
            var (appends, creations) = (Count(group, PieceKind.Append), Count(group, PieceKind.Creation));
            var (keys, values) = Arguments(group, appends, creations);
            var reply = (RedisResult[])(await store.WriteAsync(keys[0], d => d.ScriptEvaluateAsync(Script, keys, values)))!;
            var (refused, failed) = ((int[]?)reply[0] ?? [], (int[]?)reply[1] ?? []);
            var failure = failed.Length == 0 ? null : new RedisServerException((string?)reply[2] ?? "The store did not say why.");
            StoreMetrics.Record(started, StoreMetrics.Commit, failure);
            StoreMetrics.CountCommit(group.Count, appends + creations, refused.Length);
            var (append, creation) = (0, appends);
            foreach (var piece in group)
            {
                var position = piece.Kind switch { PieceKind.Append => ++append, PieceKind.Creation => ++creation, _ => 0 };
                Tell(piece.Commit, kept: Array.IndexOf(refused, position) < 0, Array.IndexOf(failed, position) < 0 ? null : failure);
            }
        }
        catch (Exception exception)
        {
            StoreMetrics.Record(started, StoreMetrics.Commit, exception);
            group.ForEach(piece => Tell(piece.Commit, kept: false, exception));
        }
    }

    private static int Count(List<Piece> group, PieceKind kind)
    {
        var count = 0;
        foreach (var piece in group)
        {
            count += piece.Kind == kind ? 1 : 0;
        }

        return count;
    }

    private static (RedisKey[] Keys, RedisValue[] Values) Arguments(List<Piece> group, int appends, int creations)
    {
        var entries = 0;
        foreach (var piece in group)
        {
            entries += piece.Entries;
        }

        var keys = new RedisKey[appends + (3 * creations) + entries];
        var values = new RedisValue[2 + (2 * (appends + creations)) + entries];
        (values[0], values[1]) = (appends, creations);
        var (append, creation, entry) = (0, 0, 0);
        foreach (var (commit, kind, first, count) in group)
        {
            if (kind != PieceKind.Entries)
            {
                var place = kind == PieceKind.Append ? append++ : appends + creation++;
                values[2 + (2 * place)] = commit.Fence!.Token;
                values[3 + (2 * place)] = commit.Frame;
                var key = kind == PieceKind.Append ? place : (3 * place) - (2 * appends);
                keys[key] = StoreKeys.Journal(commit.Record);
                if (kind == PieceKind.Creation)
                {
                    keys[key + 1] = commit.Record;
                    keys[key + 2] = StoreKeys.FreshJournal(commit.Record, commit.Fence);
                }
            }

            for (var i = first; i < first + count; i++)
            {
                keys[appends + (3 * creations) + entry] = commit.Indexes[i];
                values[2 + (2 * (appends + creations)) + entry] = commit.Member;
                entry++;
            }
        }

        return (keys, values);
    }

    private enum PieceKind
    {
        Entries,
        Append,
        Creation,
    }

    // What of a commit goes to one server: all of it, or what lives in one slot.
    private readonly record struct Piece(Commit Commit, PieceKind Kind, int First, int Entries)
    {
        public static Piece Whole(Commit commit) => new(
            commit,
            commit.Fence is null ? PieceKind.Entries : commit.Fence.MayCreate ? PieceKind.Creation : PieceKind.Append,
            0,
            commit.Indexes.Count);
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
